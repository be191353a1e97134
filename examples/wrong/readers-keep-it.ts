// Wrong: who reads a new value does not see to it that a majority has it, and the next one may read the old.
import { abdRegister } from "../abd-register.ts";

export default abdRegister("readers-keep-it", { readersKeepIt: true });
