// What ECharts is told to draw of a report. Pure.

const SHAPES = ["circle", "rect", "triangle", "diamond"];

export function chartOption(given) {
  return given.picture.kind === "flow" ? flowOption(given) : axesOption(given);
}

function axesOption({ picture, theme, tip, formatNumber, isNarrow }) {
  const { labels, series } = picture;
  // Counts on the left; percent, or times beside counts, on the right.
  const units = [...new Set(series.map(({ unit }) => unit))];
  const axes = units.map((unit, place) => valueAxis(unit, place, theme, formatNumber));
  return {
    animation: false,
    textStyle: { fontFamily: theme.font, color: theme.soft },
    grid: { left: 12, right: 16, top: 44, bottom: 8, containLabel: true },
    legend: {
      type: "scroll",
      top: 8,
      left: 12,
      right: 12,
      itemWidth: 22,
      textStyle: { color: theme.ink, fontFamily: theme.font },
      data: series.map(({ name }) => name),
      pageTextStyle: { color: theme.soft },
      pageIconColor: theme.ink,
      pageIconInactiveColor: theme.line,
    },
    xAxis: {
      type: "category",
      data: labels,
      axisLabel: { color: theme.soft, hideOverlap: true, rotate: !isNarrow || labels.length < 4 ? 0 : 35, width: 110, overflow: "truncate" },
      axisLine: { lineStyle: { color: theme.strong } },
      axisTick: { show: false },
    },
    yAxis: axes,
    tooltip: {
      trigger: "axis",
      confine: true,
      padding: 0,
      backgroundColor: theme.raised,
      borderColor: theme.strong,
      textStyle: { color: theme.ink, fontSize: 13, fontFamily: theme.font },
      axisPointer: { type: picture.kind === "time" ? "line" : "shadow", lineStyle: { color: theme.strong }, label: { show: false } },
      transitionDuration: 0,
      formatter: (params) => {
        const place = params[0].dataIndex;
        return tip(labels[place], series.map(({ name, shown }) => [name, shown[place]]));
      },
    },
    series: [
      ...series.map((one, place) => drawn(one, place, units.indexOf(one.unit), theme, labels.length)),
      ...series.flatMap((one, place) => (one.halves ? [whiskers(one, place, units.indexOf(one.unit), series, theme)] : [])),
    ],
  };
}

/** Confidence intervals: a line through the end of each bar, beside those of the other bars of its row. */
function whiskers({ name, values, halves }, place, axis, series, theme) {
  const bars = series.filter(({ mark }) => mark === "bar");
  const own = bars.findIndex((bar) => bar.name === name);
  return {
    name: `${name} ±`,
    type: "custom",
    yAxisIndex: axis,
    silent: true,
    z: 5,
    tooltip: { show: false },
    data: values.map((value, row) => [row, value, halves[row]]),
    encode: { x: 0, y: 1 },
    renderItem: (_params, api) => {
      const [value, half] = [api.value(1), api.value(2)];
      if (!Number.isFinite(value) || !Number.isFinite(half)) return null;
      const slot = api.barLayout({ barMaxWidth: 36, count: bars.length })[own];
      const [middle, top] = api.coord([api.value(0), value + half]);
      const [, bottom] = api.coord([api.value(0), Math.max(0, value - half)]);
      const x = middle + slot.offsetCenter;
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: theme.ink, lineWidth: 1.5 } });
      return { type: "group", children: [line(x, top, x, bottom), line(x - 5, top, x + 5, top), line(x - 5, bottom, x + 5, bottom)] };
    },
  };
}

function valueAxis(unit, place, theme, formatNumber) {
  const isPercent = unit === "percent";
  return {
    type: "value",
    min: 0,
    max: isPercent ? 100 : undefined,
    minInterval: unit === "count" ? 1 : undefined,
    position: place === 0 ? "left" : "right",
    axisLabel: { color: theme.soft, formatter: (value) => (isPercent ? `${formatNumber(value)} %` : unit === "seconds" ? clock(value) : formatNumber(value)) },
    splitLine: { show: place === 0, lineStyle: { color: theme.line } },
  };
}

/** Seconds as on a clock: 45 s, 3:05, 1:02:45. */
export function clock(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function drawn({ name, mark, stack, values }, place, axis, theme, count) {
  const colour = theme.colour(place + 1);
  const shared = { name, yAxisIndex: axis, color: colour, data: values };
  if (mark === "bar") {
    return { ...shared, type: "bar", stack: stack || undefined, barMaxWidth: 36, itemStyle: { color: colour, borderColor: theme.surface, borderWidth: count > 60 ? 0 : 1 } };
  }
  const isMark = mark === "mark";
  return {
    ...shared,
    type: "line",
    z: 4,
    connectNulls: false,
    symbol: isMark ? "rect" : SHAPES[place % SHAPES.length],
    symbolSize: isMark ? [26, 3] : 7,
    showSymbol: isMark || count <= 60,
    lineStyle: { width: isMark ? 0 : 2.5, color: colour },
    itemStyle: { color: colour },
  };
}

function flowOption({ picture, theme, tip, formatNumber, isNarrow }) {
  const { links, names = {} } = picture;
  const keys = [...new Set(links.flatMap(({ source, target }) => [source, target]))];
  return {
    animation: false,
    textStyle: { fontFamily: theme.font },
    tooltip: {
      trigger: "item",
      confine: true,
      padding: 0,
      backgroundColor: theme.raised,
      borderColor: theme.strong,
      textStyle: { color: theme.ink, fontSize: 13, fontFamily: theme.font },
      transitionDuration: 0,
      formatter: ({ dataType, data, value, name }) =>
        dataType === "edge"
          ? tip(`${names[data.source] ?? data.source} → ${names[data.target] ?? data.target}`, [[picture.unit, formatNumber(data.value)]])
          : tip(names[name] ?? name, [[picture.unit, formatNumber(value)]]),
    },
    series: [
      {
        type: "sankey",
        left: 12,
        right: isNarrow ? 90 : 150,
        top: 16,
        bottom: 16,
        nodeGap: 14,
        nodeWidth: 14,
        draggable: false,
        orient: "horizontal",
        emphasis: { focus: "adjacency" },
        data: keys.map((name, place) => ({ name, itemStyle: { color: theme.colour(place + 1), borderWidth: 0 } })),
        links,
        label: { color: theme.ink, fontFamily: theme.font, width: isNarrow ? 84 : 140, overflow: "truncate", formatter: ({ name }) => names[name] ?? name },
        lineStyle: { color: "source", opacity: 0.35, curveness: 0.5 },
      },
    ],
  };
}
