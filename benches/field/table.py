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
    """The last line of an output that names a cause, without paths."""
    lines = [re.sub(r"^[\s|]+", "", line).strip() for line in said.splitlines()]
    own = ("FIELD", "at ", "error: ", "hint: ", "note: ", "ELIFECYCLE", "Node.js v")
    causes = [line for line in lines if re.search(r"Error|ERR_|required|Required|undefined|refused|Cannot|Must|not set|is missing", line) and not line.startswith(own)]
    return re.sub(r"\s+", " ", re.sub(r"'?/[^\s':]*", "…", (causes or [""])[-1]))[:100].replace("|", "/")


def reach(result):
    """How far both get: the words of an end where they are the same."""
    theirs, ours = result.get("theirs", {}), result.get("ours", {})
    one, other = ending(theirs.get("said", "")), ending(ours.get("smoke_said", ""))
    if theirs.get("start", "").startswith("ended") and one and one == other:
        return f"same end: {one}"
    return ""


def their_start(result):
    theirs = result.get("theirs", {})
    start = theirs.get("start", "")
    return {"listens": "listens", "runs": "runs"}.get(start, f"ends ({start.split()[-1]})" if start else "–")

def our_smoke(result):
    ours = result.get("ours", {})
    return {0: "well", 1: "at fault", 4: "cannot be told"}.get(ours.get("smoke"), "–")

def same_files(result):
    """Files of the service in the image that are theirs, byte for byte."""
    outputs = result.get("outputs")
    if not outputs:
        return ""
    other = outputs["differs"][0] + outputs["theirs lacks"][0]
    return f"{outputs['same']} files are theirs byte for byte" + (f", {other} differ" if other else "")


def row(trial):
    it, result = trial.it, trial.result
    pnpm = result.get("theirs", {}).get("pnpm", it.get("pnpm", ""))
    name = f"{trial.repository}" + ("" if trial.service == "." else f" {trial.service}")
    cells = [name, pnpm, it["framework"], tree(result), f"{their_build(result)} / {our_build(result)}", f"{their_start(result)} / {our_smoke(result)}",
             str(result.get("lines", 0)), "; ".join(x for x in (it.get("cause", ""), same_files(result), reach(result)) if x)]
    return "| " + " | ".join(cells) + " |"

def write(trials, path):
    done = [t for t in trials if "ours" in t.result and "theirs" in t.result]
    same = [t for t in done if t.result.get("outputs") and not t.result["outputs"]["differs"][0] + t.result["outputs"]["theirs lacks"][0]]
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
             f"compared, {sum(tree(t.result) == 'yes' for t in trees)} are equal. In {len(same)} images all files of the service are "
             "those of the maintainers' build, byte for byte.", ""]
    open(path, "w").write(before + "<!-- table -->\n" + "\n".join(body) + "<!-- end -->" + after)
