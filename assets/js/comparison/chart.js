// The chart: Apache ECharts, drawn as SVG. Its own tooltip markup would carry style attributes, which our
// Content-Security-Policy forbids: the tooltip is an element of ours.

import { LineChart } from "echarts/charts";
import { GridComponent, MarkPointComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { chartOption } from "./chart-option.js";

use([LineChart, GridComponent, MarkPointComponent, TooltipComponent, SVGRenderer]);

/** A chart in `host` that keeps its size and colours. `tooltip(minute)` gives the element shown at a minute. */
export class PriorityChart {
  constructor(host, { tooltip, words, formatNumber }) {
    Object.assign(this, { host, tooltip, words, formatNumber });
    this.chart = init(host, null, { renderer: "svg" });
    new ResizeObserver(() => this.chart.resize()).observe(host);
    new MutationObserver(() => this.redraw()).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  }

  /** `data` is `{ lines, marks, elapsed }`. */
  draw(data) {
    this.data = data;
    this.redraw();
  }

  redraw() {
    if (!this.data) return;
    const { tooltip, words, formatNumber } = this;
    const option = chartOption({ ...this.data, theme: themeOf(this.host), tooltip, words, formatNumber });
    this.chart.setOption(option, { notMerge: true });
  }

  /** Show the values at a minute that has a marked point. */
  point(minute) {
    const dataIndex = this.data.lines[0].corners.findIndex((corner) => corner.minute === minute);
    this.chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex });
  }

  unpoint() {
    this.chart.dispatchAction({ type: "hideTip" });
    this.chart.dispatchAction({ type: "updateAxisPointer", currTrigger: "leave" });
  }

  emphasise(place, isOn) {
    this.chart.dispatchAction({ type: isOn ? "highlight" : "downplay", seriesIndex: place });
  }
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
    colour: (number) => token(`chart-${number}`),
  };
}
