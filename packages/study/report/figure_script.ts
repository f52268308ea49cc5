import { zoomScript } from "./zoom_script.ts";

/**
 * What a page does to its figures where scripts run: a download of each, as SVG and as PNG at twice its size, the value under the
 * pointer, from the `<metadata>` that `renderSvg` writes, and a part of all heat maps of a figure in place of the whole. Without it
 * the page has the same figures and says as much in its tables.
 *
 * It is text, and no function, since the page's Content-Security-Policy allows it by its digest.
 */
export const figureScript = `"use strict";
{
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.querySelector("main").append(tip);

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const markup = (svg) => {
    const copy = svg.cloneNode(true);
    copy.querySelector("metadata")?.remove();
    copy.removeAttribute("style");
    return new XMLSerializer().serializeToString(copy);
  };
  const savePng = (svg, name) => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 2 * image.width;
      canvas.height = 2 * image.height;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, name));
    };
    image.src = "data:image/svg+xml," + encodeURIComponent(markup(svg));
  };
${zoomScript}
  const short = (value) => String(Number(value.toPrecision(3))).replace("-", "\\u2212");
  const textAt = (maps, points, part, point) => {
    const map = maps.find((one) => contains(one, point));
    if (map) {
      const [, , , size, low, high, levels, text] = map;
      const cells = placeIn(map, part, point).map((at) => Math.min(size - 1, Math.floor(at / 100 * size)));
      const [column, row] = cells;
      const level = atob(levels).charCodeAt(row * size + column);
      const value = level === 0 ? "no number" : short(low + (level - 1) / 254 * (high - low));
      return (text && text + ": ") + value + ", row " + (row + 1) + ", column " + (column + 1) + " of " + size;
    }
    let best = "", nearest = 24;
    for (const [left, top, text] of points) {
      const distance = Math.hypot(left - point.x, top - point.y);
      if (distance < nearest) [best, nearest] = [text, distance];
    }
    return best;
  };
  const hover = (svg, plane, maps, points, part) => {
    svg.addEventListener("pointermove", (event) => {
      const { clientX, clientY } = event;
      tip.textContent = textAt(maps, points, part, planePoint(plane, event));
      tip.hidden = tip.textContent === "";
      tip.style.left = Math.max(4, Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
      tip.style.top = (clientY > innerHeight - 80 ? clientY - tip.offsetHeight - 12 : clientY + 18) + "px";
    });
    svg.addEventListener("pointerleave", () => tip.hidden = true);
  };

  const ask = (figure, svg) => {
    const metadata = svg.querySelector("metadata"), plane = svg.querySelector(":scope > g");
    if (!metadata || !plane) return;
    const { maps, points } = JSON.parse(metadata.textContent);
    hover(svg, plane, maps, points, maps.length > 0 ? zoom(figure, svg, plane, maps) : null);
  };

  for (const figure of document.querySelectorAll("figure")) {
    // What is saved is the figure as it was written, whatever part of it is shown.
    const svg = figure.querySelector("svg"), whole = svg.cloneNode(true), bar = document.createElement("p");
    const title = figure.querySelector("figcaption b").textContent.replace(/\\.$/, "");
    bar.className = "downloads";
    for (const kind of ["SVG", "PNG"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind;
      button.setAttribute("aria-label", "Download " + title + " as " + kind);
      button.addEventListener("click", () => {
        const name = figure.id + "." + kind.toLowerCase();
        if (kind === "PNG") savePng(whole, name);
        else save(new Blob([markup(whole)], { type: "image/svg+xml" }), name);
      });
      bar.append(button);
    }
    ask(figure, svg);
    figure.append(bar);
  }
}
`;
