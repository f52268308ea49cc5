/**
 * The part of a page's script that shows a part of all heat maps of a figure: one drags a rectangle in one of them, or uses keys where
 * the figure's frame has the focus. Each image is put into a nested `<svg>`, whose `viewBox` says which part of it is seen and which
 * cuts off the rest; the axes' labels and a line below the figure say the same in numbers. Nothing moves by itself.
 *
 * A part is a range of each axis in whole hundredths, so that what is written of it is exact.
 */
export const zoomScript = `
  const planePoint = (plane, { clientX, clientY }) =>
    new DOMPoint(clientX, clientY).matrixTransform(plane.getScreenCTM().inverse());
  const contains = ([left, top, side], { x, y }) =>
    x >= left && x < left + side && y >= top && y < top + side;
  const placeIn = ([left, top, side], part, { x, y }) =>
    [["x", x - left], ["y", y - top]].map(([name, along]) => {
      const [from, to] = part[name];
      return from + Math.min(1, Math.max(0, along / side)) * (to - from);
    });
  const fitted = (middle, wanted) => {
    const width = Math.min(100, Math.max(2, Math.round(wanted)));
    const from = Math.min(100 - width, Math.max(0, Math.round(middle - width / 2)));
    return [from, from + width];
  };

  const axesOf = (svg) => {
    const names = { x: "columns", y: "rows" }, labels = [];
    for (const axis of svg.querySelectorAll(".role-axis")) {
      const name = axis.querySelector(".role-axis-tick line")?.getAttribute("x2") === "0" ? "x" : "y";
      names[name] = axis.querySelector(".role-axis-title text")?.textContent || names[name];
      for (const text of axis.querySelectorAll(".role-axis-label text")) {
        labels.push({ text, name, at: Number(text.textContent) });
      }
    }
    return { names, labels };
  };
  const viewOf = (image) => {
    const view = document.createElementNS(image.namespaceURI, "svg");
    const { e, f } = image.transform.baseVal.consolidate().matrix;
    const side = Number(image.getAttribute("width"));
    for (const [name, value] of Object.entries({ x: e, y: f, width: side, height: side })) {
      view.setAttribute(name, value);
    }
    view.setAttribute("preserveAspectRatio", "none");
    image.replaceWith(view);
    view.append(image);
    return ({ x, y }) => {
      const box = [e + x[0] / 100 * side, f + y[0] / 100 * side, (x[1] - x[0]) / 100 * side];
      view.setAttribute("viewBox", [...box, (y[1] - y[0]) / 100 * side].join(" "));
    };
  };
  const partOfAll = (figure, svg) => {
    const part = {}, { names, labels } = axesOf(svg), views = [...svg.querySelectorAll("image")].map(viewOf);
    const note = document.createElement("p");
    note.className = "zoom";
    note.id = figure.id + "-zoom";
    note.setAttribute("aria-live", "polite");
    figure.append(note);
    svg.parentElement.setAttribute("aria-describedby", note.id);
    const show = (x, y) => {
      Object.assign(part, { x, y });
      for (const view of views) view(part);
      for (const { text, name, at } of labels) {
        const [from, to] = part[name], value = from + at * (to - from);
        text.textContent = Number.isInteger(value) ? value / 100 : "";
      }
      const range = (name) => names[name] + ": " + part[name].map((end) => end / 100).join("\\u2013");
      note.textContent = x[1] - x[0] < 100 || y[1] - y[0] < 100
        ? range("y") + "; " + range("x") + ". Double click or Escape shows all."
        : "To see a part of " + (views.length > 1 ? "every panel" : "it") +
          ", drag a rectangle with the mouse, or press + with the figure in focus.";
    };
    show([0, 100], [0, 100]);
    return { part, show };
  };

  const zoomByKeys = (box, part, show) =>
    box.addEventListener("keydown", (event) => {
      const { key, altKey, ctrlKey, metaKey } = event, { x, y } = part;
      if (altKey || ctrlKey || metaKey || event.target !== box) return;
      const scaled = ([from, to], factor) => fitted((from + to) / 2, (to - from) * factor);
      const moved = ([from, to], sign) => fitted((from + to) / 2 + sign * Math.ceil((to - from) / 4), to - from);
      const sideways = { ArrowLeft: -1, ArrowRight: 1 }[key], upright = { ArrowUp: -1, ArrowDown: 1 }[key];
      if (key === "+" || key === "=") show(scaled(x, 0.5), scaled(y, 0.5));
      else if (key === "-" || key === "\\u2212") show(scaled(x, 2), scaled(y, 2));
      else if (key === "0" || key === "Escape") show([0, 100], [0, 100]);
      else if (sideways && x[1] - x[0] < 100) show(moved(x, sideways), y);
      else if (upright && y[1] - y[0] < 100) show(x, moved(y, upright));
      else return;
      event.preventDefault();
    });
  const zoomByDragging = (svg, plane, maps, part, show) => {
    const frame = document.createElementNS(svg.namespaceURI, "rect");
    let start;
    frame.setAttribute("class", "drag");
    const end = () => {
      frame.remove();
      start = null;
    };
    const corners = (event) => {
      const { x, y } = planePoint(plane, event), [left, top, side] = start.map;
      const inside = [Math.min(left + side, Math.max(left, x)), Math.min(top + side, Math.max(top, y))];
      return [[start.x, inside[0]], [start.y, inside[1]]].map((ends) => ends.sort((a, b) => a - b));
    };
    svg.addEventListener("pointerdown", (event) => {
      const point = planePoint(plane, event), map = maps.find((one) => contains(one, point));
      if (!map || event.button !== 0 || event.pointerType === "touch") return;
      start = { map, x: point.x, y: point.y };
      svg.setPointerCapture(event.pointerId);
    });
    // Else the browser would select text or drag the image, and not the rectangle; the focus it would set as well.
    svg.addEventListener("mousedown", (event) => {
      if (!start) return;
      event.preventDefault();
      svg.parentElement.focus({ preventScroll: true });
    });
    svg.addEventListener("pointermove", (event) => {
      if (!start) return;
      const [[left, right], [top, bottom]] = corners(event);
      const shape = { x: left, y: top, width: right - left, height: bottom - top };
      for (const [name, value] of Object.entries(shape)) frame.setAttribute(name, value);
      plane.append(frame);
    });
    svg.addEventListener("pointerup", (event) => {
      if (!start) return;
      const [[left, right], [top, bottom]] = corners(event), { map } = start;
      end();
      if (right - left < 4 || bottom - top < 4) return;
      const from = placeIn(map, part, { x: left, y: top }), to = placeIn(map, part, { x: right, y: bottom });
      show(...from.map((low, axis) => {
        const ends = [Math.round(low), Math.round(to[axis])];
        return fitted((ends[0] + ends[1]) / 2, ends[1] - ends[0]);
      }));
    });
    svg.addEventListener("pointercancel", end);
    svg.addEventListener("dblclick", () => show([0, 100], [0, 100]));
  };
  const zoom = (figure, svg, plane, maps) => {
    const { part, show } = partOfAll(figure, svg);
    zoomByKeys(svg.parentElement, part, show);
    zoomByDragging(svg, plane, maps, part, show);
    addEventListener("beforeprint", () => show([0, 100], [0, 100]));
    return part;
  };
`;
