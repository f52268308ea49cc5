/** What WebGPU says of an adapter that its kind is told by. */
export interface AdapterMarks {
  // Not `Pick<GPUAdapterInfo, …>`, of which the declarations know no members where the consumer has no types of WebGPU.
  readonly vendor: string;
  readonly description: string;
  readonly device?: string;
  /** Browsers tell of an adapter by its maker and this alone. */
  readonly architecture?: string;
  readonly isFallbackAdapter?: boolean;
}

/** Whether an adapter is a program on the CPU. */
export function isSoftware(marks: AdapterMarks): boolean {
  const { isFallbackAdapter, vendor, description, device, architecture } = marks;
  return isFallbackAdapter === true ||
    /llvmpipe|lavapipe|swiftshader|softpipe|basic render/i.test(
      `${vendor} ${description} ${device} ${architecture}`,
    );
}

/** PCI numbers, and names, of Apple, Arm, Imagination, Qualcomm and Broadcom, whose adapters are all integrated. */
const INTEGRATED_VENDORS = /^(4203|5045|4112|20803|5348|apple|arm|img-tec|qualcomm|broadcom)$/i;

/** WebGPU does not say what kind an adapter is: by its maker and name, and discrete unless known better. */
export function isIntegrated({ vendor, description }: AdapterMarks): boolean {
  if (INTEGRATED_VENDORS.test(vendor)) return true;
  if (/intel/i.test(description)) return !/\barc\b.* [ab]\d{3}|\bdg[12]\b/i.test(description);
  return /radeon(\(tm\))? (vega \d+ )?graphics|radeon \d{3}m\b/i.test(description);
}
