// Wrong: a replica says that it has stored what it only remembers.
import { abdRegister } from "../abd-register.ts";

export default abdRegister("store-nothing", { forgetsStore: true });
