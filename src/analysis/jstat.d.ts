declare module "jstat" {
  /** The part of jStat that is used here. */
  const jstat: {
    readonly studentt: { inv(probability: number, degreesOfFreedom: number): number };
  };
  export default jstat;
}
