"""The Python package against PyTorch, and what it says when something is wrong. Run by python_test.ts."""

import html
import io
import json
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from unittest import mock

import graphon_limit as gl
import numpy
import torch
from graphon_limit.tensors import read_tensors, write_tensors
from torch.nn.utils import prune

WIDTHS = [12, 10, 8, 3]


def network(activation=torch.nn.Tanh, pruned=True, seed=0):
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(a, b) for a, b in zip(WIDTHS, WIDTHS[1:])]
    if pruned:
        prune.global_unstructured([(layer, "weight") for layer in layers], prune.L1Unstructured, amount=0.5)
    return torch.nn.Sequential(torch.nn.Flatten(), layers[0], activation(), layers[1], activation(), layers[2])


def batch(count=40):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, 3, 2, 2, generator=generator)
    return x, torch.arange(count) % 3


def kernel_by_definition(model, x):
    """J Jᵀ of the sum of the outputs over kept weights and biases, by autograd in float64."""
    model = model.double()
    parameters, masks = dict(model.named_parameters()), dict(model.named_buffers())
    rows = []
    for sample in x.double():
        gradients = torch.autograd.grad(model(sample[None]).sum(), list(parameters.values()))
        kept = [
            gradient * masks.get(name.replace("_orig", "_mask"), 1) for name, gradient in zip(parameters, gradients)
        ]
        rows.append(torch.cat([each.flatten() for each in kept]))
    jacobian = torch.stack(rows)
    return (jacobian @ jacobian.T).numpy()


def alignment(kernel, y):
    size = len(y)
    centre = numpy.eye(size) - 1 / size
    k, same = centre @ kernel @ centre, centre @ (y[:, None] == y[None, :]) @ centre
    return (k * same).sum() / numpy.linalg.norm(k) / numpy.linalg.norm(same)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "a.safetensors")

    def test_a_saved_model_has_all_of_its_state_and_its_masks(self):
        model = network()
        gl.save(model, self.path)
        state = model.state_dict()
        found = read_tensors(self.path)
        self.assertEqual(set(found), set(state))
        for name, tensor in state.items():
            numpy.testing.assert_array_equal(found[name], tensor.numpy())
        masks = gl.masks(self.path)
        self.assertEqual(list(masks), ["1.weight", "3.weight", "5.weight"])
        self.assertEqual(masks["1.weight"].dtype, numpy.uint8)
        numpy.testing.assert_array_equal(masks["3.weight"], model[3].weight_mask.numpy())
        self.assertEqual([path.name for path in self.path.parent.iterdir()], [self.path.name])

    def test_every_type_of_number_comes_back(self):
        arrays = {code: numpy.array([[0, 1], [2, 3]], code) for code in "? u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 >f4".split()}
        arrays["scalar"] = numpy.array(3.0)
        arrays["empty"] = numpy.zeros((0, 4), "f4")
        arrays["columns"] = numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3))
        write_tensors(self.path, arrays)
        for name, array in read_tensors(self.path).items():
            numpy.testing.assert_array_equal(array, arrays[name])
            self.assertEqual(array.shape, arrays[name].shape)
        halves = torch.nn.Linear(2, 2).bfloat16()
        gl.save(halves, self.path)
        numpy.testing.assert_array_equal(read_tensors(self.path)["weight"], halves.weight.detach().float().numpy())

    def test_what_is_no_such_file_is_said_in_one_line(self):
        for content in [b"", b"PK\3\4 and so on", b"\x10" + bytes(7) + b'{"a": {"dtype": "F32"}}']:
            self.path.write_bytes(content)
            with self.assertRaisesRegex(gl.GraphonLimitError, "expected .* but found"):
                gl.masks(self.path)
        with self.assertRaisesRegex(gl.GraphonLimitError, "expected a file to read but found no such file"):
            gl.masks(self.path.parent / "none")
        write_tensors(self.path, {"0.weight": numpy.array([[0.0, 0.5]])})
        with self.assertRaisesRegex(gl.ModelError, "0.weight to be a mask of 0 and 1"):
            gl.masks(self.path)
        with self.assertRaisesRegex(gl.GraphonLimitError, "expected graphons"):
            gl.graphons(self.path)
        with self.assertRaisesRegex(gl.ModelError, "Expected a torch.nn.Module but found dict"):
            gl.save({}, self.path)


class Compare(unittest.TestCase):
    def test_losses_accuracies_and_kernels_are_pytorchs(self):
        model, other = network(), network(seed=0, pruned=False)
        x, y = batch()
        prune.random_unstructured(other[1], "weight", amount=0.5)
        masks = {"least": model, "random": {"1.weight": other[1].weight_mask}}
        result = gl.compare(model, masks, x, y, samples=9, train_steps=2, controls=(), quiet=True)
        self.assertEqual(list(result.masks), ["least", "random"])
        with torch.no_grad():
            out = model(x)
        found = result.masks["least"]
        self.assertEqual(found["kept"], sum(int(model[at].weight_mask.sum()) for at in (1, 3, 5)))
        self.assertAlmostEqual(found["loss"], torch.nn.functional.cross_entropy(out, y).item(), 5)
        self.assertAlmostEqual(found["accuracy"], (out.argmax(1) == y).double().mean().item(), 6)
        self.assertEqual(len(found["training"]["losses"]), 2)
        kernel = kernel_by_definition(model, x[:9])
        self.assertLess(abs(found["kernel"]["trace"] / kernel.trace() - 1), 1e-5)
        self.assertLess(abs(found["kernel"]["alignment"] - alignment(kernel, y[:9].numpy())), 1e-5)
        self.assertEqual(result.masks["random"]["layers"][0]["kept"], int(other[1].weight_mask.sum()))
        self.assertEqual(
            result.notices,
            ['random 2.safetensors: no mask for "3.weight", "5.weight"; all weights there are kept'],
        )
        self.assertEqual({pair["layer"] for pair in result.distances}, {0, 1, 2})

    def test_a_notebook_gets_sentences_a_table_and_figures(self):
        with tempfile.TemporaryDirectory() as folder:
            result = gl.compare(network(), controls=["random"], out=Path(folder, "kept"), quiet=True)
            self.assertEqual(Path(folder, "kept/report.html").read_text("utf8"), result.report)
            self.assertRegex(
                json.loads(Path(folder, "kept/compare.json").read_text("utf8"))["provenance"]["command"],
                r"compare --weights weights\.safetensors .* --masks 'model=model 1\.safetensors'",
            )
            self.assertRegex(result.report, r"</span> weights\.safetensors <span")
            result.save(Path(folder, "again.html"))
            self.assertEqual(Path(folder, "again.html").read_text("utf8"), result.report)
            figure = result.figures["sorted-masks"]
            figure.save(Path(folder, "a.svg"))
            self.assertEqual(Path(folder, "a.svg").read_text("utf8"), figure._repr_svg_())
        shown = result._repr_html_()
        for part in [">model</th>", ">random</th>", *map(html.escape, result.findings)]:
            self.assertIn(part, shown)
        self.assertEqual(shown.count("data:image/svg+xml"), len(result.figures))
        self.assertIn('alt="Sorted masks by layer', shown)
        self.assertTrue(figure._repr_svg_().startswith("<svg"))
        self.assertIn("model", repr(result))

    def test_files_and_arrays_need_no_pytorch(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "network.safetensors")
            gl.save(network(), path)
            program = f"""
import sys
sys.modules["torch"] = None
import graphon_limit as gl, numpy
masks = gl.masks({str(path)!r})
weights = {{name: numpy.ones(mask.shape, "f4") for name, mask in masks.items()}}
result = gl.compare(weights, {{"mine": masks, "file": {str(path)!r}}}, controls=(), grid=4, quiet=True)
assert result.masks["mine"]["layers"] == result.masks["file"]["layers"]
print(gl.graphon(masks, grid=4, quiet=True)["1.weight"].shape)
"""
            out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
            self.assertEqual(out, "(4, 4)\n")


class Models(unittest.TestCase):
    """What lies between the layers is found out, not guessed."""

    def reads(self, model, x=None, activation=None):
        from graphon_limit.reading import read_module

        return read_module(model, x, activation)

    def test_the_activation_and_the_order_are_those_that_compute_what_the_model_does(self):
        for kind, name in [(torch.nn.ReLU, "relu"), (torch.nn.Tanh, "tanh"), (torch.nn.Identity, "linear")]:
            self.assertEqual(self.reads(network(kind), batch()[0]).activation, name)
            self.assertEqual(self.reads(network(kind, pruned=False).bfloat16(), batch()[0].bfloat16()).activation, name)
        model = network(torch.nn.ReLU).train()
        self.assertEqual(self.reads(model).order, ["1.weight", "3.weight", "5.weight"])
        self.assertTrue(model.training)

    def test_what_fully_connected_layers_do_not_compute_is_refused(self):
        wrong = [network(torch.nn.GELU), network(torch.nn.LeakyReLU), torch.nn.Sequential(network(), torch.nn.Softmax(1))]
        normed = torch.nn.Sequential(torch.nn.Linear(12, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 3))
        for model in [*wrong, normed]:
            with self.assertRaisesRegex(gl.ModelError, "computes something else"):
                self.reads(model)
        with self.assertRaisesRegex(gl.ModelError, "with relu between them"):
            self.reads(network(), activation="relu")
        with self.assertRaisesRegex(gl.ModelError, "also has LayerNorm"):
            gl.compare(normed, *[{"a": {"0.weight": numpy.ones((4, 12))}}])

    def test_a_model_that_does_not_run_is_said_not_to_have_been_checked(self):
        model = torch.nn.Sequential(torch.nn.Unflatten(1, (3, 4)), torch.nn.Flatten(), torch.nn.Linear(12, 3))
        with self.assertWarnsRegex(UserWarning, "Not checked"):
            self.reads(model, torch.zeros(2, 11))


class Errors(unittest.TestCase):
    def test_they_are_exceptions_with_the_commands_one_line(self):
        x, y = batch()
        for call, kind, words in [
            (lambda: gl.compare(network(), x=x), gl.UsageError, "Expected x and y but found x alone"),
            (lambda: gl.compare(network(), [network()]), gl.UsageError, "Expected masks by name"),
            (lambda: gl.compare(network(), {"a": 3}), gl.UsageError, "Expected masks by name, each with"),
            (lambda: gl.compare(network(pruned=False), quiet=True), gl.UsageError, "--masks or --methods"),
            (lambda: gl.graphon(network(pruned=False)), gl.ModelError, "expected masks but found none"),
            (lambda: gl.graphon(3), gl.ModelError, "Expected masks as a torch.nn.Module"),
            (lambda: gl.graphon(network(), grid=0, quiet=True), gl.UsageError, "--grid"),
            (lambda: gl.run("distance", "--graphons", "no.npz", "--reference", "no.npz", quiet=True),
             gl.GraphonLimitError, "no.npz"),
        ]:  # fmt: skip
            with self.assertRaisesRegex(kind, words) as caught:
                call()
            self.assertNotIn("\n", str(caught.exception))
            self.assertNotIn("error:", str(caught.exception))

    def test_the_command_is_the_one_that_is_named(self):
        reply = [sys.executable, "-c", "import sys; print('{\"wordsRead\": %d}' % len(sys.argv), file=sys.stdout)"]
        with mock.patch.dict(os.environ, GRAPHON_LIMIT_COMMAND=shlex.join(reply)):
            self.assertEqual(gl.run("a", "b"), {"words_read": 4})
        crash = [sys.executable, "-c", "import sys; sys.exit('error: first\\nerror: the line')"]
        with mock.patch.dict(os.environ, GRAPHON_LIMIT_COMMAND=shlex.join(crash)):
            with self.assertRaisesRegex(gl.GraphonLimitError, "^the line$"):
                gl.run("a")
        with mock.patch.dict(os.environ, GRAPHON_LIMIT_COMMAND="/no/such/program"):
            with self.assertRaisesRegex(gl.CommandNotFoundError, "Cannot start /no/such/program"):
                gl.run("a")
        with mock.patch.dict(os.environ, PATH=""):
            with self.assertRaisesRegex(gl.CommandNotFoundError, "GRAPHON_LIMIT_COMMAND"):
                gl.command()

    def test_notices_and_progress_are_passed_on(self):
        said = io.StringIO()
        with redirect_stderr(said):
            gl.graphon(network(), grid=4)
        self.assertRegex(said.getvalue(), r"device: ")

    def test_an_interrupt_ends_the_command(self):
        with tempfile.TemporaryDirectory() as folder:
            mark = Path(folder, "ended")
            slow = (
                "import signal, sys, time\n"
                f"signal.signal(signal.SIGTERM, lambda *_: (open({str(mark)!r}, 'w').close(), sys.exit(1)))\n"
                "print('ready', file=sys.stderr, flush=True)\n"
                "time.sleep(60)"
            )
            with mock.patch.dict(os.environ, GRAPHON_LIMIT_COMMAND=shlex.join([sys.executable, "-c", slow])):
                with mock.patch("builtins.print", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
                    gl.run("a")
            self.assertTrue(mark.exists())


if __name__ == "__main__":
    unittest.main()
