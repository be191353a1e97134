// The factory on a plant that is made for trouble: for soaks and hunts.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./wrong/factory/storm-plant.ts";

export default factoryOf("factory-storm", RULES, STORM_PLANT);
