#!/bin/sh
# The whole GPU measurement in one go, in under eight minutes, with or without a network:
#
#     sh bench/gpu.sh
#
# It says which adapter answers, checks every op against its twin, prunes by SNIP at width 10,000, stands the jobs beside
# PyTorch on CUDA, measures what a launch, a wait and a spectrum take the host, does some of the paper's tasks and says what all
# of them would take, measures the ops, and draws some cases of their tests. Each part has a share of the time that is left.
# All of it is written to ${OUT:-bench/results}/gpu-<adapter>.md, piece by piece, so that a run that is cut short leaves what
# it had. Where only a software adapter answers, sizes are smaller and the file says so. Each implementation of WebGPU is tried, and
# one that does not answer is said to. The exit code is 1 where a part failed or no adapter answers, and 0 where some were stopped
# because their time was up, which the file says.
#
# On a machine without a network, .offline (Deno, the npm cache and the Vulkan loader, packed beforehand) is used if it is
# there; else the deno on the PATH. A cache of every module of the project has Dawn in it (dawn/every_module.ts), which is
# measured beside Deno's own WebGPU then; caching them writes Dawn into deno.lock, a change that is not to be kept.
set -eu
cd "$(dirname "$0")/.."

cached=
if [ -x .offline/deno ]; then
  PATH="$PWD/.offline:$PATH"
  export PATH
  cached=--cached-only
fi
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}"
# Without OpenGL, whose software implementation would pass for an adapter, as the commands have it.
export DENO_WEBGPU_BACKEND="${DENO_WEBGPU_BACKEND:-vulkan,metal,dx12}"

# Every program may be run: Deno asks for that where LD_LIBRARY_PATH is set, as the bundle sets it.
exec deno run -q --no-prompt $cached --allow-read --allow-write --allow-env=OUT,TMPDIR,TMP,TEMP --allow-run \
  bench/gpu.ts "$@"
