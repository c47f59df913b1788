"""What the Pages workflow runs to build the site, run here."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.site.conftest import PAGE, ROOT, check_html, run

ORIGIN = "https://example.org"


def build(checkout: Path, base: str) -> str:
    """Run the workflow's build step in ``checkout``; return the built page."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())
    (step,) = [s for s in workflow["jobs"]["build"]["steps"] if s.get("name") == "Build"]
    outputs = {"origin": ORIGIN, "base_path": base}
    names = {name: re.search(r"outputs\.(\w+)", text) for name, text in step["env"].items()}
    environment = {n: outputs[m[1]] if m else step["env"][n] for n, m in names.items()}
    run(["bash", "-e", "-c", step["run"]], checkout, RUNNER_TEMP=str(checkout), **environment)
    return (checkout / "site" / "_site" / PAGE).read_text()


@pytest.mark.parametrize(("base", "prefix"), [("/name", "/name/"), ("", "/"), ("/", "/")])
def test_the_pages_workflow_builds_a_site_whose_links_hold_under_its_base_path(
    checkout: Path, tmp_path: Path, base: str, prefix: str
) -> None:
    copy = shutil.copytree(checkout, tmp_path / "copy", ignore=shutil.ignore_patterns("_site"))
    page = build(copy, base)
    rooted = set(re.findall(r'(?:href|src)="(/[^"]*)"', page))
    assert prefix in rooted
    assert f"{prefix}method/" in rooted
    assert all(link.startswith(prefix) and "//" not in link for link in rooted)
    assert not re.search(r'(?:href|src)="https?:', page)
    served = tmp_path / "served"
    site = shutil.copytree(copy / "site" / "_site", served / base.strip("/"))
    shutil.rmtree(site / "resnet" / "no-data")  # a page that never had pictures
    check_html(served)
