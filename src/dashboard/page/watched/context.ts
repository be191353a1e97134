// Which run a part of the page is about: the one that is shown, unless it is within the pane of another.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { main } from "../store.ts";
import type { Connection } from "./connection.ts";

export const Watched = createContext<Connection>(main);

export const useWatched = (): Connection => useContext(Watched);
