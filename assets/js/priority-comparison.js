import "./comparison/main.js";
