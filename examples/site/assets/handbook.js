// What the handbook adds to its pages. Loaded by each page as a plain script; the modules and the data
// are beside it in the published book.

(() => {
  const root = new URL("../", document.currentScript.src);
  const module = (name) => import(new URL(`js/${name}.js`, root).href);

  async function data(name) {
    const answer = await fetch(new URL(`data/${name}`, root));
    if (!answer.ok) {
      throw new Error(`data/${name}: status ${answer.status}`);
    }
    return answer.text();
  }

  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  async function showReadingTime(main) {
    const heading = main.querySelector("h1");
    if (!heading) {
      return;
    }
    const { readingTime } = await module("reading-time");
    heading.after(element("p", { className: "reading-time" }, readingTime(main.textContent)));
  }

  async function showKnotFinder(place) {
    const [{ search }, text] = await Promise.all([module("knots"), data("knots.json")]);
    const { knots } = JSON.parse(text);
    const limit = Number(place.dataset.limit) || 10;
    const input = element("input", { type: "search", placeholder: "join two ropes" });
    input.setAttribute("aria-label", "What do you want to do?");
    const list = element("ul", { className: "knots" });
    input.addEventListener("input", () => {
      const hits = search(knots, input.value, limit);
      list.replaceChildren(
        ...hits.map((knot) =>
          element(
            "li",
            {},
            element("a", { href: new URL(knot.page, root).href }, knot.name),
            ` ${knot.uses.join("; ")} (${knot.strength_percent} % strength left)`,
          ),
        ),
      );
      if (hits.length === 0 && input.value.trim() !== "") {
        list.append(element("li", {}, "No knot does that. Try fewer words."));
      }
    });
    place.append(input, list);
  }

  async function showWorkingLoad(place) {
    const [{ workingLoad, massOf }, { parseTables }, materialText, knotText] = await Promise.all([
      module("working-load"),
      module("plain-data"),
      data("materials.toml"),
      data("knots.json"),
    ]);
    const materials = parseTables(materialText);
    const { knots } = JSON.parse(knotText);
    const choice = (entries) =>
      element("select", {}, ...entries.map(([value, name]) => element("option", { value }, name)));
    const material = choice([...materials].map(([id, table]) => [id, table.get("name")]));
    const knot = choice([["100", "no knot"], ...knots.map((k) => [k.strength_percent, k.name])]);
    const diameter = element("input", { type: "number", min: 1, max: 100, value: 10 });
    const safety = element("input", { type: "number", min: 1, max: 20, value: 5 });
    const answer = element("output");
    const update = () => {
      try {
        const force = workingLoad({
          factor: materials.get(material.value).get("factor"),
          diameter: Number(diameter.value),
          strengthPercent: Number(knot.value),
          safetyFactor: Number(safety.value),
        });
        answer.textContent = `${force.toFixed(1)} kN, about ${massOf(force)} kg`;
      } catch (error) {
        answer.textContent = error.message;
      }
    };
    const label = (text, field) => element("label", {}, text, field);
    place.append(
      label("Rope", material),
      label("Diameter, mm", diameter),
      label("Knot", knot),
      label("Safety factor", safety),
      label("Working load", answer),
    );
    place.addEventListener("input", update);
    update();
  }

  async function explainTerms(main) {
    const [{ explain }, { parseMapping }, text] = await Promise.all([
      module("glossary"),
      module("plain-data"),
      data("glossary.yaml"),
    ]);
    const glossary = parseMapping(text);
    const seen = new Set();
    for (const block of main.querySelectorAll("p, li")) {
      for (const node of [...block.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)) {
        const pieces = explain(node.data, glossary, seen);
        node.replaceWith(
          ...pieces.map((piece) =>
            typeof piece === "string"
              ? piece
              : element("abbr", { title: glossary.get(piece.term) }, piece.text),
          ),
        );
      }
    }
  }

  const main = document.querySelector("main");
  const tasks = [showReadingTime(main), explainTerms(main)];
  const finder = document.getElementById("knot-finder");
  const load = document.getElementById("load-calculator");
  if (finder) {
    tasks.push(showKnotFinder(finder));
  }
  if (load) {
    tasks.push(showWorkingLoad(load));
  }
  for (const task of tasks) {
    task.catch((error) => console.error("handbook:", error));
  }
})();
