// What ECharts is told to draw. Pure.

const MANY_POINTS = 60;
const FEW_MARKS = 6;
const MANY_MARKS = 24;

export function chartOption({ lines, marks, elapsed, theme, tooltip, words, formatNumber }) {
  return {
    animation: false,
    textStyle: { fontFamily: theme.font, color: theme.soft },
    grid: { left: 12, right: 20, top: 34, bottom: 34 },
    xAxis: {
      ...axis(words.minutes, theme, formatNumber),
      min: 0,
      max: elapsed,
      nameLocation: "middle",
      nameGap: 30,
      axisPointer: { snap: true },
    },
    yAxis: { ...axis(words.priority, theme, formatNumber), scale: true, nameTextStyle: { color: theme.soft, align: "left" } },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (params) => tooltip(Number(params[0].axisValue)),
      backgroundColor: theme.raised,
      borderColor: theme.strong,
      padding: 0,
      textStyle: { color: theme.ink, fontSize: 13 },
      axisPointer: { type: "line", lineStyle: { color: theme.strong, type: "solid" }, label: { show: false } },
      transitionDuration: 0,
    },
    series: lines.map((line, place) => lineSeries(line, place === 0 ? marks : [], theme)),
  };
}

function axis(name, theme, formatNumber) {
  return {
    type: "value",
    name,
    nameTextStyle: { color: theme.soft },
    axisLabel: { color: theme.soft, formatter: formatNumber, hideOverlap: true },
    axisLine: { show: true, lineStyle: { color: theme.strong } },
    splitLine: { lineStyle: { color: theme.line } },
  };
}

function lineSeries({ label, corners, look, isOwn }, marks, theme) {
  const colour = theme.colour(look.colour);
  const size = corners.length > MANY_POINTS ? 4 : isOwn ? 9 : 8;
  return {
    type: "line",
    name: label,
    z: isOwn ? 4 : 3,
    color: colour,
    data: corners.map(({ minute, priority, isMarked }) => ({
      value: [minute, priority],
      symbol: isMarked ? look.symbol : "none",
    })),
    showSymbol: true,
    showAllSymbol: true,
    symbolSize: size,
    lineStyle: { color: colour, width: look.width, type: look.dash, cap: look.dash === "solid" ? "round" : "butt" },
    itemStyle: { color: look.isHollow ? theme.surface : colour, borderColor: colour, borderWidth: 1.5 },
    emphasis: { focus: "series", scale: false, lineStyle: { width: look.width + 1 } },
    markPoint: marks.length > 0 ? markPoint(marks, theme) : undefined,
  };
}

function markPoint(marks, theme) {
  const isCrowded = marks.length > MANY_MARKS;
  return {
    silent: true,
    symbol: "circle",
    symbolSize: isCrowded ? 9 : marks.length > FEW_MARKS ? 16 : 20,
    z: 6,
    itemStyle: { color: theme.surface, borderColor: theme.ink, borderWidth: 1.75 },
    label: { show: !isCrowded, color: theme.ink, fontSize: marks.length > FEW_MARKS ? 10 : 11, fontWeight: 700, formatter: ({ name }) => name },
    data: marks.map(({ minute, priority, numbers }) => ({ name: markText(numbers), coord: [minute, priority] })),
  };
}

function markText(numbers) {
  return numbers.length <= 2 ? numbers.join(",") : `${numbers[0]}…`;
}
