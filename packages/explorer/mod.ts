/**
 * The explorer: a page that runs the library in the reader's browser. What is here is what its parts have in common and the tests
 * look at: the state in the address, and the wire to the workers.
 *
 * @module
 */
export * from "./state/address.ts";
export * from "./state/fields.ts";
export { bitAt, type BitPicture, sharesOf } from "./elements/bits.ts";
export { Latest } from "./elements/latest.ts";
export { type AskOptions, Client, LibraryError, type Port } from "./worker/client.ts";
export * from "./worker/protocol.ts";
export { type Call, handle, type Handler, type Opened, serve, type WorkerScope } from "./worker/serve.ts";
export { METHOD_CHOICES } from "./views/methods.ts";
