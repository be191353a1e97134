// A small plant in which much can go wrong: redundant stages, lots that are used piecewise, scrap, all three
// policies for jobs that are cut off, breakdowns, a crew, maintenance, and flows that change under way.
// Its wrong versions in this folder run on it, and so do the tests of the right one.
export const STORM_PLANT = {
  factory: "storm",
  items: {
    bar: { lot: 12 },
    dye: { unit: "kg", lot: 2 },
    frame: { lot: 2 },
    panel: { lot: 1 },
    cabin: { lot: 1 },
  },
  segments: {
    cut: { produces: { bar: 1 }, cycle: "400ms" },
    mix: { produces: { dye: 1 }, cycle: { dist: "exponential", mean: "500ms" } },
    weld: {
      produces: { frame: 1 },
      consumes: { bar: 5 },
      cycle: { dist: "triangular", min: "300ms", mode: "500ms", max: "900ms" },
      yield: 0.9,
      onInterrupt: "scrap",
    },
    paint: {
      produces: { panel: 1 },
      consumes: { frame: 1, dye: 0.3 },
      cycle: "400ms",
      yield: 0.95,
      onInterrupt: "resume",
    },
    assemble: { produces: { cabin: 1 }, consumes: { panel: 2, bar: 3 }, cycle: "600ms" },
  },
  equipment: {
    saw: { segment: "cut", count: 2 },
    mixer: { segment: "mix", mtbf: "20s", mttr: "1s" },
    welder: { segment: "weld", count: 3, mtbf: "15s", mttr: "2s", crew: "fitters", area: "hall" },
    booth: { segment: "paint", count: 2, parallel: 2, area: "hall" },
    bench: {
      segment: "assemble",
      count: 2,
      maintenance: [{ every: "9s", for: "500ms", first: "4s" }],
    },
  },
  crews: { fitters: {} },
  transport: { default: "100ms", routes: [{ from: "shop", to: "hall", time: "300ms" }] },
  flow: [
    {
      arcs: [
        { from: "saw-1", to: "welder" },
        { from: "saw-2", to: "bench" },
        { from: "mixer", to: "booth" },
        { from: "welder", to: "booth" },
        { from: "booth", to: "bench" },
      ],
    },
    {
      at: "5s",
      arcs: [
        { from: "saw", to: "welder" },
        { from: "saw", to: "bench-1" },
        { from: "mixer", to: "booth-1" },
        { from: "welder", to: "booth-1" },
        { from: "booth-1", to: "bench-1" },
      ],
    },
    {
      at: "9s",
      arcs: [
        { from: "saw", to: "welder" },
        { from: "saw", to: "bench" },
        { from: "mixer", to: "booth" },
        { from: "welder-1", to: "booth-2" },
        { from: "welder-2", to: "booth-1" },
        { from: "welder-3", to: "booth-1" },
        { from: "booth-1", to: "bench-2" },
        { from: "booth-2", to: "bench-1" },
      ],
    },
    {
      at: "14s",
      arcs: [
        { from: "saw", to: "welder" },
        { from: "saw", to: "bench" },
        { from: "mixer", to: "booth" },
        { from: "welder", to: "booth" },
        { from: "booth", to: "bench" },
      ],
    },
  ],
  policies: { resend: "100ms", onFlowChange: "recall" },
};
