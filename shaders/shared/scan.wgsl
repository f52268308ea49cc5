// scan(own, thread): the sum of what the invocations before this one in its workgroup of 256 have, and of what all have. It can be
// called again and again; all invocations call it together.
var<workgroup> scanned: array<u32, 256>;

fn scan(own: u32, thread: u32) -> vec2u {
  scanned[thread] = own;
  workgroupBarrier();
  for (var reach = 1u; reach < 256u; reach *= 2u) {
    let before = select(0u, scanned[max(thread, reach) - reach], thread >= reach);
    workgroupBarrier();
    scanned[thread] += before;
    workgroupBarrier();
  }
  let result = vec2u(scanned[thread] - own, scanned[255]);
  workgroupBarrier();
  return result;
}
