import { argumentFault } from "../messages/faults.ts";

/**
 * A typed array, of as many elements as a file or a caller says.
 *
 * @param what they are, for the message
 * @throws InvalidArgumentError where there is no memory for them
 */
export function allocate<T>(type: new (count: number) => T, count: number, what: string): T {
  try {
    return new type(count);
  } catch {
    throw argumentFault(`memory for ${what}, ${count} elements,`, "too little to read them at once");
  }
}
