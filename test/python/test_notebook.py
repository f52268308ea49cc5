"""The cell that docs/python.md shows, in a notebook without a display: what it prints and what shows itself. Run by python_test.ts."""

import re
import sys
import tempfile
import unittest

import nbclient
import nbformat


class Notebook(unittest.TestCase):
    def test_one_cell_does_the_job_and_the_results_show_themselves(self):
        with open("docs/python.md", encoding="utf8") as file:
            cell = re.search(r"<!-- file: one_cell.py -->\s+```python\n(.*?)```", file.read(), re.S)[1]
        cells = [cell, "result", "result.figures['sorted-masks']", "gl.graphon(model, grid=16)", "gl.compare(model, x=x)"]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.cells[-1].metadata["tags"] = ["raises-exception"]
        with tempfile.TemporaryDirectory() as folder:
            # No kernel needs to have been installed: this Python is one.
            client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}})
            client.create_kernel_manager()
            client.km.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            client.execute()
        shown = [
            {kind: text for output in cell.outputs for kind, text in output.get("data", {}).items()}
            for cell in notebook.cells
        ]
        report = shown[1]["text/html"]
        self.assertIn(">snip</th>", report)
        self.assertRegex(report, r"data:image/svg\+xml;base64,")
        self.assertIn("snip", shown[1]["text/plain"])
        for found in shown[2:4]:
            self.assertTrue(found["image/svg+xml"].startswith("<svg"))
        [error] = [output for output in notebook.cells[-1].outputs if output.output_type == "error"]
        self.assertEqual([error.ename, error.evalue], ["UsageError", "Expected x and y but found x alone"])


if __name__ == "__main__":
    unittest.main()
