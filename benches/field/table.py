"""docs/field-trials.md of the results. What a trial showed comes from its result; `cause` of trials.toml says in words why it is so."""
import re

HEAD = open(__file__.replace("table.py", "head.md")).read() if False else ""

def tree(result):
    tree = result.get("tree")
    if not tree:
        return "–"
    if tree.get("error"):
        return "not compared"
    rows = tree["rows"]
    return "yes" if rows == 0 else f"{rows} differ"

def their_build(result):
    theirs = result.get("theirs", {})
    return "yes" if theirs.get("build") == "yes" else "no"

def our_build(result):
    return "yes" if result.get("ours", {}).get("code") == 0 else "no"

def ending(said):
    """The last line of an output that names a cause."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("FIELD")]
    causes = [line for line in lines if re.search(r"Error|error|ERR|Missing|missing|required|refused|Cannot", line) and not line.startswith("at ")]
    return re.sub(r"\s+", " ", (causes or lines or [""])[-1])[:110]

def their_start(result):
    theirs = result.get("theirs", {})
    start = theirs.get("start", "")
    return {"listens": "listens", "runs": "runs"}.get(start, f"ends ({start.split()[-1]})" if start else "–")

def our_smoke(result):
    ours = result.get("ours", {})
    return {0: "well", 1: "at fault", 4: "cannot be told"}.get(ours.get("smoke"), "–")

def row(trial):
    it, result = trial.it, trial.result
    pnpm = result.get("theirs", {}).get("pnpm", it.get("pnpm", ""))
    name = f"{trial.repository}" + ("" if trial.service == "." else f" {trial.service}")
    cells = [name, pnpm, it["framework"], tree(result), f"{their_build(result)} / {our_build(result)}", f"{their_start(result)} / {our_smoke(result)}",
             str(result.get("lines", 0)), it.get("cause", "")]
    return "| " + " | ".join(cells) + " |"

def write(trials, path):
    done = [t for t in trials if "ours" in t.result and "theirs" in t.result]
    theirs = [t for t in done if their_build(t.result) == "yes"]
    ours = [t for t in theirs if our_build(t.result) == "yes"]
    plain = [t for t in ours if t.result.get("lines", 0) == 0]
    trees = [t for t in done if tree(t.result) not in ("–", "not compared")]
    text = open(path).read()
    before, _, after = text.partition("<!-- table -->")
    after = after.partition("<!-- end -->")[2]
    body = ["", "| service | pnpm | framework | tree equal | build, theirs / ours | start, theirs / ours | lines | cause |", "|---|---|---|---|---|---|---|---|"]
    body += [row(t) for t in done]
    body += ["", f"{len(done)} services of {len({t.repository for t in done})} repositories. Their own commands build {len(theirs)} here; fourply builds "
             f"{len(ours)} of these ({len(ours) * 100 // max(1, len(theirs))} %), {len(plain)} with no line of configuration. Of {len(trees)} trees that were "
             f"compared, {sum(tree(t.result) == 'yes' for t in trees)} are equal.", ""]
    open(path, "w").write(before + "<!-- table -->\n" + "\n".join(body) + "<!-- end -->" + after)
