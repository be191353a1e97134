// Wrong: links that lose nothing and double nothing, and let messages overtake each other.
import { snapshot } from "../snapshot.ts";

export default snapshot("links-without-order", "any");
