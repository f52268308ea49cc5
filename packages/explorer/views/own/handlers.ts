import { handle } from "../../worker/serve.ts";
import { write } from "./file_handler.ts";
import { look } from "./look_handler.ts";
import { draw } from "./picture_handler.ts";
import { ownFile, ownLook, ownPicture } from "./requests.ts";

/** The view's answers. */
export const ownHandlers = [handle(ownLook, look), handle(ownPicture, draw), handle(ownFile, write)];
