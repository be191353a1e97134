// A plant of any size: five layers, each stage of which takes a lot of the layer before it and makes one of its
// own, in about a minute.
const LAYERS = 5;
const CYCLE = { dist: "triangular", min: "50s", mode: "60s", max: "70s" };

export function layered(stages, { cycle = CYCLE, transport = "10s", ...rest } = {}) {
  const layers = Array.from({ length: LAYERS }, (_, index) => `layer_${index}`);
  const each = (make) => Object.fromEntries(layers.map((name, index) => [name, make(name, index)]));
  return {
    factory: `layered-${stages}`,
    items: each(() => ({})),
    segments: each((name, index) => ({
      produces: { [name]: 1 },
      consumes: index === 0 ? {} : { [layers[index - 1]]: 1 },
      cycle,
    })),
    equipment: each((name) => ({ segment: name, count: stages / LAYERS })),
    transport: { default: transport },
    ...rest,
  };
}
