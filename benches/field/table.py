"""docs/field-trials.md of the results. What a trial showed comes from its result; `cause` of trials.toml says in words why it is so."""
import re

def tree(result):
    tree = result.get("tree")
    if not tree:
        return "–"
    if tree.get("error"):
        return "not compared"
    rows, counts = tree["rows"], tree["counts"]
    # pnpm 8, and 9 before 9.5, install all packages of the workspace: that moves what is hoisted as well. docs/pnpm.md.
    follows = ("extra: ", "target: hoisting", "content: command")
    if "extra: other workspace packages" in counts and all(cause.startswith(follows) for cause in counts):
        return "yes; theirs has the whole workspace's"
    if rows and rows == tree.get("extra"):
        ours = sum(count for cause, count in counts.items() if cause.startswith("missing"))
        return f"yes; {'ours' if ours == rows else 'theirs'} has {rows} more"
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
    if not theirs.get("start", "").startswith("ended"):
        return ""
    if one and one == other:
        return f"same end: {one}"
    # What node prints may end before its message, where the line of the source that failed is a bundle.
    places = [re.findall(r"node_modules/((?:@[^/\s]+/)?[^/\s]+)/\S*?([^/\s]+\.[cm]?js:\d+)", side) for side in (theirs.get("said", ""), ours.get("smoke_said", ""))]
    if one and places[0] and places[1] and places[0][0] == places[1][0]:
        return f"same end: {one} ({places[0][0][1]})"
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
    if not outputs or their_build(result) != "yes":
        return ""
    other = outputs["differs"][0] + outputs["theirs lacks"][0]
    return f"{outputs['same']} files are theirs byte for byte" + (f", {other} differ" if other else "")


def row(trial):
    it, result = trial.it, trial.result
    pnpm = result.get("theirs", {}).get("pnpm", it.get("pnpm", ""))
    cells = [name(trial), pnpm, it["framework"], tree(result), f"{their_build(result)} / {our_build(result)}", f"{their_start(result)} / {our_smoke(result)}",
             str(result.get("lines", 0)), "; ".join(x for x in (it.get("cause", ""), same_files(result), reach(result)) if x)]
    return "| " + " | ".join(cells) + " |"

def name(trial):
    label = trial.it.get("label")
    return f"{trial.repository}" + ("" if trial.service == "." else f" {trial.service}") + (f", {label}" if label else "")


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def write(trials, path):
    """The table of the results; a trial that has none keeps the row that an earlier run wrote."""
    text = open(path).read()
    before, _, after = text.partition("<!-- table -->")
    old, _, after = after.partition("<!-- end -->")
    earlier = {cells(line)[0]: line for line in old.splitlines() if line.startswith("| ") and "---" not in line}
    rows = []
    for trial in trials:
        if "ours" in trial.result and "theirs" in trial.result:
            rows.append(row(trial))
        elif name(trial) in earlier:
            rows.append(earlier[name(trial)])
    table = [cells(line) for line in rows]
    sides = [row[4].split(" / ") for row in table]
    theirs = [row for row, (their, _) in zip(table, sides) if their == "yes"]
    ours = [row for row, (their, our) in zip(table, sides) if their == "yes" and our == "yes"]
    beyond = sum(1 for their, our in sides if their != "yes" and our == "yes")
    # At fault is as far as theirs where both end with the same words.
    reached = [row for row in ours if row[5].endswith(("/ well", "/ cannot be told")) or "same end" in row[7]]
    trees = [row[3] for row in table if row[3] not in ("–", "not compared")]
    same = sum(1 for row in table if "byte for byte" in row[7] and " differ" not in row[7])
    body = ["", "| service | pnpm | framework | tree equal | build, theirs / ours | start, theirs / ours | lines | cause |", "|---|---|---|---|---|---|---|---|"]
    body += rows
    body += ["", f"{len(rows)} services of {len({row[0].split(' ')[0] for row in table})} repositories. Their own commands build {len(theirs)} here; fourply builds "
             f"{len(ours)} of these ({len(ours) * 100 // max(1, len(theirs))} %), {sum(row[6] == '0' for row in ours)} with no line of configuration, and {beyond} that theirs "
             f"do not. {len(reached)} of the {len(ours)} images get as far as their start command. Of {len(trees)} trees that were "
             f"compared, {sum(tree.startswith('yes') for tree in trees)} are equal. In {same} images all files of the service are "
             "those of the maintainers' build, byte for byte.", ""]
    open(path, "w").write(before + "<!-- table -->\n" + "\n".join(body) + "<!-- end -->" + after)
