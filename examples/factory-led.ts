// The factory on a plant that is made for trouble, whose flow a leader plans: any stage, leader, or the keeper
// of lease and flow may crash at any moment.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./wrong/factory/storm-plant.ts";

const { flow: _given, ...plant } = STORM_PLANT;
const leader = {
  candidates: 3,
  heartbeat: "200ms",
  lease: "1s",
  debounce: "200ms",
  stability: "500ms",
};

export default factoryOf("factory-led", RULES, { ...plant, leader });
