"""Our pages in a site of someone else's, made by the installed tool, away from the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.charts.png import read_chart_values
from tests.cli.command import scalebench, succeed
from tests.needs import need, need_module
from tests.site.conftest import ROOT, check_html, jekyll
from tests.store.factory import make_run

Installed = Callable[..., subprocess.CompletedProcess[str]]
# What `jekyll new` makes, with the theme's layouts beside it, since no theme is installed here.
BLOG = {
    "Gemfile": 'source Gem.sources.to_a.first.to_s\ngem "jekyll"\n',
    "_config.yml": "title: A blog\nbaseurl: /blog\npermalink: /:title/\nshow_excerpts: true\n",
    "_layouts/default.html": (
        '<!DOCTYPE html><html lang="en"><head>{% include head.html %}</head>'
        "<body>{{ content }}</body></html>\n"
    ),
    "_layouts/base.html": "<p>the blog's base</p>{{ content }}\n",
    "_layouts/home.html": (
        "---\nlayout: default\n---\n<h1>{{ site.title }}</h1>{{ content }}"
        '{% for post in site.posts %}<a href="{{ post.url | relative_url }}">{{ post.title }}</a>'
        "{% endfor %}\n"
    ),
    "_layouts/page.html": "---\nlayout: default\n---\n<h1>{{ page.title }}</h1>{{ content }}\n",
    "_layouts/post.html": "---\nlayout: default\n---\n<h1>{{ page.title }}</h1>{{ content }}\n",
    "_includes/head.html": (
        "<title>{{ page.title | default: site.title }}</title>"
        '<link rel="stylesheet" href="{{ \'/assets/main.css\' | relative_url }}">\n'
    ),
    "assets/main.css": "body { margin: 2em }\n",
    "index.markdown": "---\nlayout: home\n---\n",
    "about.markdown": "---\nlayout: page\ntitle: About\npermalink: /about/\n---\nWords.\n",
    "_posts/2024-01-01-welcome.markdown": "---\nlayout: post\ntitle: Welcome\n---\n# First\n",
}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from the checkout as it is, generated pages and all."""
    need_module("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    _pip("wheel", *options, str(ROOT))
    return next(folder.glob("scalebench-*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Return what runs the installed ``scalebench``; the checkout is out of its sight."""
    target, elsewhere = tmp_path_factory.mktemp("target"), tmp_path_factory.mktemp("elsewhere")
    _pip("install", "--quiet", "--no-deps", "--target", str(target), str(wheel))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(target / "bin" / "scalebench"), *map(str, arguments)],
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": str(target)},
            check=True,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """Return a fresh site with layouts of its own and none of our settings."""
    site = tmp_path / "blog"
    for name, text in BLOG.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return site


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_no_page_of_a_run_is_packed_and_all_that_shows_one_is(wheel: Path) -> None:
    packed = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in packed if name.endswith((".png", ".parquet", ".json"))]
    skeleton = {name.removeprefix("bench/_site/") for name in packed if "/_site/" in name}
    top = {name.split("/")[0] for name in skeleton}
    assert top == {"_layouts", "_includes", "assets"}
    hand_written = {
        str(path.relative_to(ROOT / "site"))
        for folder in top
        for path in (ROOT / "site" / folder).rglob("*")
        if path.is_file()
    }
    assert skeleton == hand_written
    assert "bench/_templates/index.markdown.j2" in packed


def test_a_page_appears_in_a_site_of_ones_own_and_nothing_else_changes(
    installed: Installed, blog: Path, tmp_path: Path
) -> None:
    need("bundle", "jekyll")
    jekyll(blog, "--destination", str(tmp_path / "before"))
    before = _tree(blog)
    run = make_run(tmp_path / "data" / "box" / "r1", 6).path

    reported = installed("report", run, "--site", blog)
    assert reported.stdout.split() == [str(blog / "stub" / "box-2c" / "r1")]
    assert f"'scalebench init-site {blog}'" in reported.stderr
    new = _tree(blog).keys() - before.keys()
    assert {name.split("/")[0] for name in new} == {"stub", "_data"}

    installed("init-site", blog)
    assert installed("report", run, "--site", blog).stderr == ""
    after = _tree(blog)
    assert {name: after[name] for name in before} == before
    built = tmp_path / "after" / "blog"
    jekyll(blog, "--destination", str(built))
    for page in ("index.html", "about/index.html", "welcome/index.html"):
        assert (built / page).read_bytes() == (tmp_path / "before" / page).read_bytes()
    folder = built / "stub" / "box-2c" / "r1"
    page = (folder / "index.html").read_text()
    assert 'id="summary"' in page
    assert 'href="/blog/assets/scalebench/site.css"' in page
    assert "/method/" not in page  # a page that this site does not have
    check_html(built / "stub", root=tmp_path / "after")
    runs = (built / "scalebench" / "index.html").read_text()
    assert 'href="/blog/stub/box-2c/r1/"' in runs
    assert "/method/" not in runs
    check_html(built / "scalebench", root=tmp_path / "after")
    charts = list(folder.glob("stub-*.png"))
    assert len(charts) == 12
    for chart in charts:
        points = read_chart_values(chart)["points"]
        assert any(point["value"] is not None for point in points), chart


def test_the_skeleton_overwrites_nothing_and_says_what_it_left(
    installed: Installed, blog: Path
) -> None:
    own = blog / "_layouts" / "scalebench-page.html"
    own.write_text("mine")
    first = installed("init-site", blog)
    assert own.read_text() == "mine"
    assert f"skipped {own}: it is there, and differs from ours" in first.stderr
    assert str(blog / "_layouts" / "scalebench.html") in first.stdout.splitlines()
    before = _tree(blog)
    second = installed("init-site", blog)
    assert second.stdout == ""
    assert f"skipped {len(first.stdout.split())} files that are there already" in second.stderr
    assert _tree(blog) == before


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("theme: minima\n", True),
        ("title: x\nremote_theme: jekyll/minima\n", True),
        ("theme: minima\nheader_pages: [about.md]\n", False),
        ("theme: other\n", False),
    ],
)
def test_a_theme_that_links_every_page_is_told_with_the_line_that_helps(
    blog: Path,
    config: str,
    told: bool,  # noqa: FBT001
) -> None:
    (blog / "_config.yml").write_text(config)
    said = succeed("init-site", blog).stderr
    assert ("header_pages: [about.md]" in said) is told
    assert (str(blog / "_config.yml") in said) is told


def test_a_folder_that_is_no_site_gets_no_skeleton(tmp_path: Path) -> None:
    result = scalebench("init-site", tmp_path)
    assert result.returncode == 3
    assert "it has no _config.yml" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_runs_that_is_someone_elses_is_not_overwritten(
    blog: Path, tmp_path: Path
) -> None:
    (blog / "_data" / "scalebench").mkdir(parents=True)
    (blog / "_data" / "scalebench" / "runs.json").write_text('[{"distance_km": 10}]')
    run = make_run(tmp_path / "data" / "box" / "r1", 1, batch_sizes=(1,)).path
    result = scalebench("report", run, "--site", blog)
    assert result.returncode == 3
    assert "is not a list of runs that scalebench wrote" in result.stderr
    assert not (blog / "stub").exists()
    assert (blog / "_data" / "scalebench" / "runs.json").read_text() == '[{"distance_km": 10}]'


@pytest.mark.parametrize("name", ["runs.json", "history.yml", "pages.csv", "front.json"])
def test_data_of_a_site_of_ones_own_stays_and_is_not_shadowed(
    blog: Path, tmp_path: Path, name: str
) -> None:
    own = blog / "_data" / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("a,b\n1,2\n" if name.endswith("csv") else '[{"distance_km": 10}]')
    before = own.read_bytes()
    run = make_run(tmp_path / "data" / "box" / "r1", 1, batch_sizes=(1,)).path
    succeed("report", run, "--site", blog)
    assert own.read_bytes() == before
    assert {path.name for path in own.parent.iterdir()} == {name, "scalebench"}


@pytest.mark.parametrize("name", ["scalebench.yml", "scalebench.json"])
def test_a_file_with_the_name_of_our_folder_is_refused(
    blog: Path, tmp_path: Path, name: str
) -> None:
    own = blog / "_data" / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("{}")
    run = make_run(tmp_path / "data" / "box" / "r1", 1, batch_sizes=(1,)).path
    result = scalebench("report", run, "--site", blog)
    assert result.returncode == 3
    assert f"{own} has the name of the folder" in result.stderr
    assert not (blog / "stub").exists()


def test_a_link_out_of_the_site_is_not_followed(blog: Path, tmp_path: Path) -> None:
    shutil.rmtree(blog / "assets")
    (tmp_path / "outside").mkdir()
    (blog / "assets").symlink_to(tmp_path / "outside")
    result = scalebench("init-site", blog)
    assert result.returncode == 3
    assert "leads out of" in result.stderr
    assert list((tmp_path / "outside").iterdir()) == []
