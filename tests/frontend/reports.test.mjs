// What the charts of reports are told to draw.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chartOption, clock } from "../../assets/js/reports/chart-option.js";

const theme = { ink: "ink", soft: "soft", line: "line", strong: "strong", surface: "surface", raised: "raised", font: "font", colour: String };
const tip = (title, lines) => ({ title, lines });
const given = (picture) => ({ picture, theme, tip, formatNumber: String, isNarrow: false });

const series = (name, unit, mark = "bar", values = [1, 2]) => ({ name, unit, mark, stack: "", values, shown: values.map((value) => `${value}!`) });

test("counts and percents have an axis each, the second on the right", () => {
  const picture = { kind: "time", labels: ["Mon", "Tue"], series: [series("In", "count"), series("Level", "percent", "line"), series("Out", "count")] };
  const option = chartOption(given(picture));
  assert.deepEqual(option.yAxis.map(({ position, max }) => [position, max]), [["left", undefined], ["right", 100]]);
  assert.deepEqual(option.series.map(({ yAxisIndex, type }) => [yAxisIndex, type]), [[0, "bar"], [1, "line"], [0, "bar"]]);
});

test("the tooltip says what the table says", () => {
  const picture = { kind: "time", labels: ["Mon", "Tue"], series: [series("In", "count")] };
  const shown = chartOption(given(picture)).tooltip.formatter([{ dataIndex: 1 }]);
  assert.deepEqual(shown, { title: "Tue", lines: [["In", "2!"]] });
});

test("a flow names each end once", () => {
  const links = [{ source: "1:a", target: "2:b", value: 3 }, { source: "1:a", target: "=end", value: 1 }];
  const option = chartOption(given({ kind: "flow", unit: "Contacts", links, names: { "1:a": "Begin", "2:b": "Menu", "=end": "End" } }));
  const [flow] = option.series;
  assert.deepEqual(flow.data.map(({ name }) => name), ["1:a", "2:b", "=end"]);
  assert.equal(flow.label.formatter({ name: "2:b" }), "Menu");
  assert.deepEqual(option.tooltip.formatter({ dataType: "edge", data: links[0] }), { title: "Begin → Menu", lines: [["Contacts", "3"]] });
});

test("seconds are written as on a clock", () => {
  assert.deepEqual([45, 185, 3765].map(clock), ["45 s", "3:05", "1:02:45"]);
});
