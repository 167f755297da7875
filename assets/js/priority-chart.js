// Fetched by the comparison when the first chart is drawn.
export { PriorityChart } from "./comparison/chart.js";
