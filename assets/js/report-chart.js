// Charts of reports: Apache ECharts, drawn as SVG. The table below each says the same.

import { BarChart, CustomChart, LineChart, SankeyChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { chartOption } from "./reports/chart-option.js";

use([BarChart, CustomChart, LineChart, SankeyChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const formatNumber = new Intl.NumberFormat(document.documentElement.lang).format;

for (const host of document.querySelectorAll("[data-chart]")) {
  const picture = JSON.parse(document.getElementById(host.dataset.chart).textContent);
  host.classList.toggle("chart--flow", picture.kind === "flow");
  const chart = init(host, null, { renderer: "svg" });
  const draw = () =>
    chart.setOption(
      chartOption({ picture, theme: themeOf(host), tip, formatNumber, isNarrow: host.clientWidth < 560 }),
      { notMerge: true },
    );
  draw();
  new ResizeObserver(() => {
    chart.resize();
    draw();
  }).observe(host);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

/** The tooltip is an element of ours: markup with style attributes is forbidden by our Content-Security-Policy. */
function tip(title, lines) {
  const box = document.createElement("div");
  box.className = "chart__tip";
  const heading = document.createElement("p");
  heading.textContent = title;
  const list = document.createElement("dl");
  for (const [name, value] of lines) {
    const term = document.createElement("dt");
    term.textContent = name;
    const detail = document.createElement("dd");
    detail.textContent = value;
    list.append(term, detail);
  }
  box.append(heading, list);
  return box;
}

function themeOf(element) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(`--acd-${name}`).trim();
  return {
    ink: token("ink"),
    soft: token("ink-soft"),
    line: token("line"),
    strong: token("line-strong"),
    surface: token("surface"),
    raised: token("raised"),
    font: style.fontFamily,
    colour: (number) => token(`chart-${((number - 1) % 8) + 1}`),
  };
}
