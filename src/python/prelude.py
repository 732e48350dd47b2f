"""The kinds of package that Ibid has. BUILD files read as one sentence each.

A package may import what its sentence lists, and itself; the rules flow down to its folders.
Tests may also import libs/testing, which nothing else can reach.
"""

_TESTS = ("<python_tests>", "<python_test_utils>")
_SOURCES = ("**/*.py", "!**/*_test.py", "!**/conftest.py")
_REQUIREMENTS = "//3rdparty/python#*"
_POSTGRES = ("16", "18")


def _arrows(may_import, may_be_imported_by):
    """Declare every import that may leave or enter this directory."""
    outward = [f"//src/python/{path}/**" for path in may_import]
    inward = [f"//{path}/**" for path in may_be_imported_by]
    __dependencies_rules__(
        (_TESTS, "/**", "//src/python/libs/testing/**", *outward, _REQUIREMENTS, "!*"),
        ("*", "/**", *outward, _REQUIREMENTS, "!*"),
    )
    __dependents_rules__(("*", "/**", *inward, "!*"))


def _tests(tests, db_tests):
    """Tests named x_db_test.py run once on each PostgreSQL, and share one server."""
    if tests:
        python_tests(name="tests", sources=["**/*_test.py", "!**/*_db_test.py"])
    if db_tests:
        python_test_utils(name="test_utils", sources=["**/conftest.py"])
        for version in _POSTGRES:
            python_tests(
                name=f"postgres{version}",
                sources=["**/*_db_test.py"],
                tags=["db", f"postgres{version}"],
                extra_env_vars=[f"IBID_TEST_POSTGRES={version}"],
                batch_compatibility_tag="postgres",
                timeout=600,
            )


def library(may_import=(), tests=True, db_tests=False, resource_globs=(), dependencies=()):
    """A package under libs/: its sources, data and tests, and the libs it may import.

    ``dependencies`` are those that no import shows, such as a requirement that is only data.
    """
    data = [":data"] if resource_globs else []
    if resource_globs:
        resources(name="data", sources=resource_globs)
    python_sources(sources=_SOURCES, dependencies=[*data, *dependencies])
    _tests(tests, db_tests)
    _arrows(
        may_import,
        ["benchmarks", "examples", "scripts", "src/python", "tests"],
    )


def service(may_import=(), tests=True, db_tests=False, resource_globs=(), dependencies=(), port=0):
    """A deployable: it imports libs, and nothing imports it.

    `run` on its directory starts it, `package` makes it one file, and where a Docker daemon
    answers also an image. The image is built from two halves, so that a change of source leaves
    the layer with the requirements as it was.
    """
    data = [":data"] if resource_globs else []
    if resource_globs:
        resources(name="data", sources=resource_globs)
    python_sources(name="sources", sources=_SOURCES, dependencies=[*data, *dependencies])
    _tests(tests, db_tests)
    _arrows(may_import, ["tests/e2e"])

    name = build_file_dir().name
    pex_binary(
        entry_point="__main__.py",
        output_path=f"{name}.pex",
        execution_mode="venv",
        include_tools=True,
    )
    # ./pants turns the backend on where a Docker daemon answers
    if port and "docker_image" in globals():
        for half, left_out in (("deps", "include_sources"), ("srcs", "include_requirements")):
            pex_binary(
                name=half,
                entry_point="__main__.py",
                output_path=f"{name}/{half}.pex",
                include_tools=True,
                **{left_out: False},
            )
        docker_image(
            name="image",
            repository=f"ibid-{name}",
            image_tags=["dev"],
            dependencies=[":deps", ":srcs"],
        )
