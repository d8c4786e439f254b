//! The report in a browser: headless Chromium loads it, and looks at it as readers do who cannot see it, in light and in
//! dark, and on a telephone. axe-core checks it by the rules of WCAG.
//!
//! Where Chromium is missing the test says so and passes; with `S3HARDEN_REQUIRE_TOOLS=1` it fails.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::support::{root, run};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Options without which a machine without a display, or one without a network, makes it slow or loud.
const QUIET: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

fn required() -> bool {
    std::env::var("S3HARDEN_REQUIRE_TOOLS").is_ok_and(|value| value == "1")
}

fn chromium() -> Option<&'static str> {
    NAMES.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))
}

/// What a reader's machine does with the page: run within it, on a page around it that has the script.
const PROBE: &str = r##"
const report = document.getElementById("report"), out = {};
const text = element => element.textContent.trim();
async function look() {
  const page = report.contentDocument, all = query => [...page.querySelectorAll(query)];
  out.title = page.title;
  out.language = page.documentElement.lang;
  out.resources = report.contentWindow.performance.getEntriesByType("resource").map(one => one.name);
  out.scripts = all("script").length;
  out.overflow = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  out.width = page.documentElement.clientWidth;
  out.headings = all("h1, h2, h3, h4, h5, h6").map(one => Number(one.tagName[1]));
  out.landmarks = ["header", "nav", "main"].map(name => all(name).length);
  out.unnamed = all("section, nav, [role=group]").filter(one => {
    const by = one.getAttribute("aria-labelledby");
    return by ? !page.getElementById(by) || !text(page.getElementById(by)) : !one.getAttribute("aria-label");
  }).map(one => one.outerHTML.slice(0, 80));
  out.headless = all("table").filter(one => !one.querySelector("thead th")).length;
  out.scopeless = all("th").filter(one => !["col", "row"].includes(one.getAttribute("scope"))).length;
  out.ragged = all("table").filter(one => new Set([...one.rows].map(row => row.cells.length)).size !== 1).length;
  out.dead = all("a[href]").filter(one => !page.getElementById(one.getAttribute("href").slice(1))).map(one => one.getAttribute("href"));
  out.ids = all("[id]").length - new Set(all("[id]").map(one => one.id)).size;
  const svg = page.querySelector("svg");
  out.picture = { role: svg.getAttribute("role"), named: svg.getAttribute("aria-labelledby").split(" ").every(id => text(page.getElementById(id))) };
  const edge = svg.viewBox.baseVal;
  out.outside = [...svg.querySelectorAll("text, rect, line")].map(one => [one, one.getBBox()])
    .filter(([, box]) => box.x < -1 || box.y < -1 || box.x + box.width > edge.width + 1 || box.y + box.height > edge.height + 1)
    .map(([one]) => one.textContent || one.tagName);
  out.spilled = [...svg.querySelectorAll("g:not(.way)")].flatMap(group => {
    const box = group.querySelector("rect").getBBox();
    return [...group.querySelectorAll("text")].filter(one => { const own = one.getBBox(); return own.x + own.width > box.x + box.width || own.y < box.y || own.y + own.height > box.y + box.height; }).map(text);
  });
  const dark = report.contentWindow.matchMedia("(prefers-color-scheme: dark)").matches;
  out.scheme = dark ? "dark" : "light";
  if (window.axeSource) {
    const script = page.createElement("script");
    script.textContent = window.axeSource;
    page.head.append(script);
    const found = await report.contentWindow.axe.run(page, { iframes: false, resultTypes: ["violations"] });
    out.violations = found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.target).slice(0, 4).join(" | ")}`);
    out.rules = found.passes.length;
  }
}
addEventListener("load", () => look().catch(error => { out.fault = String(error); }).finally(() => {
  document.getElementById("out").textContent = "BEGIN" + JSON.stringify(out) + "END";
}));
"##;

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

/// Loads a report in a frame of that width, and gives back what there is to see.
fn look(program: &str, dir: &Path, name: &str, page: &str, width: usize, dark: bool) -> Value {
    let axe = root().join("tests/acceptance/node_modules/axe-core/axe.min.js");
    let axe = match std::fs::read_to_string(&axe) {
        Ok(text) => format!("window.axeSource = {};", serde_json::to_string(&text).unwrap().replace("</", "<\\/")),
        Err(_) if !required() => {
            eprintln!("SKIPPED the rules of axe-core: {} is missing", axe.display());
            String::new()
        }
        Err(error) => panic!("{}: {error}; run tests/acceptance/setup.sh", axe.display()),
    };
    let around = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><title>probe</title><iframe id=\"report\" title=\"report\" width=\"{width}\" height=\"900\" \
         style=\"border:0\" srcdoc=\"{}\"></iframe><pre id=\"out\"></pre><script>{axe}{PROBE}</script>",
        attribute(page)
    );
    let scheme = if dark { "dark" } else { "light" };
    let file = dir.join(format!("{name}-{width}-{scheme}.html"));
    std::fs::write(&file, around).unwrap();
    let output = Command::new(program)
        .args(QUIET)
        .arg(format!("--user-data-dir={}", dir.join(format!("{name}-{width}-{scheme}")).display()))
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .args(["--enable-logging=stderr", "--window-size=1500,1000", "--virtual-time-budget=60000", "--dump-dom"])
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, [""; 0], "{name}");
    let found =
        dom.split_once("BEGIN{").and_then(|(_, rest)| rest.split_once("}END")).unwrap_or_else(|| panic!("{name}: {log}\n{dom:.2000}"));
    serde_json::from_str(&format!("{{{}}}", found.0).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).unwrap()
}

#[test]
fn reports_are_fit_to_be_read_by_everybody() {
    let Some(program) = chromium() else {
        assert!(!required(), "chromium is missing; run tests/acceptance/setup.sh");
        eprintln!("SKIPPED the report in a browser: chromium is missing");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for (name, more) in [("office-and-vpc", &["--controls", "all"][..]), ("account", &[]), ("minimal", &[]), ("partner-share", &[])] {
        let example = format!("examples/{name}.yaml");
        let page = run(&[&["report", &example, "--as-of", "2026-11-23", "--message-format", "concise"], more].concat()).stdout;
        for (width, dark) in [(1280, false), (1280, true), (360, false)] {
            let seen = look(program, dir.path(), name, &page, width, dark);
            let at = format!("{name} at {width}, {}: {seen:#}", if dark { "dark" } else { "light" });
            let none = |key: &str| assert!(seen[key] == 0 || seen[key].as_array().is_some_and(Vec::is_empty), "{key}: {at}");
            assert_eq!(seen["fault"], Value::Null, "{at}");
            assert_eq!(seen["scheme"], if dark { "dark" } else { "light" }, "{at}");
            assert_eq!(seen["language"], "en", "{at}");
            assert_eq!(seen["landmarks"], serde_json::json!([1, 1, 1]), "{at}");
            assert_eq!(seen["picture"], serde_json::json!({"role": "img", "named": true}), "{at}");
            for key in ["resources", "scripts", "unnamed", "headless", "scopeless", "ragged", "dead", "ids", "outside", "spilled"] {
                none(key);
            }
            assert!(seen["overflow"].as_i64().unwrap() <= 0, "{at}");
            let levels: Vec<u64> = seen["headings"].as_array().unwrap().iter().map(|level| level.as_u64().unwrap()).collect();
            assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{at}");
            assert!(levels.first() == Some(&1) && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{at}");
            if seen.get("violations").is_some() {
                none("violations");
                assert!(seen["rules"].as_u64().unwrap() > 10, "{at}");
            }
        }
    }
}
