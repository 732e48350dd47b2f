"""The kinds of package that Ibid has. BUILD files read as one sentence each.

A package may import what its sentence lists, and itself; the rules flow down to its folders.
Tests may also import libs/testing and libs/embedded, which no service can reach.
"""

_TESTS = ("<python_tests>", "<python_test_utils>")
_FOR_TESTS = ("//src/python/libs/embedded/**", "//src/python/libs/testing/**")
_ANYONE = (
    "//benchmarks/**",
    "//compose/**",
    "//examples/**",
    "//images/**",
    "//scripts/**",
    "//src/python/**",
    "//tests/**",
)
_SOURCES = ("**/*.py", "!**/*_test.py", "!**/conftest.py")
_REQUIREMENTS = "//3rdparty/python#*"
_POSTGRES = ("16", "18")
# What a test needs that starts programs as a person would: tools, caches, certificates, indexes.
_MACHINE = (
    "ALL_PROXY",
    "CURL_CA_BUNDLE",
    "DOCKER_HOST",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IBID_CHECKOUT",
    "LANG",
    "NO_PROXY",
    "PATH",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PYENV_ROOT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "XDG_CACHE_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


def _arrows(may_import, may_be_imported_by):
    """Declare every import that may leave or enter this directory."""
    outward = [f"//src/python/{path}/**" for path in may_import]
    __dependencies_rules__(
        (_TESTS, "/**", *_FOR_TESTS, *outward, _REQUIREMENTS, "!*"),
        ("*", "/**", *outward, _REQUIREMENTS, "!*"),
    )
    __dependents_rules__(("*", "/**", *may_be_imported_by, "!*"))


def tests(unit_tests=True, db_tests=False, fixtures=None, dependencies=()):
    """A package's tests share one process.

    Those named x_db_test.py run once on each PostgreSQL, of all packages in one process, on one
    server.
    ``fixtures`` says whether there is a conftest.py, as there is with database tests.
    """
    if db_tests if fixtures is None else fixtures:
        python_test_utils(name="test_utils", sources=["**/conftest.py"])
    if unit_tests:
        python_tests(
            name="tests",
            sources=["**/*_test.py", "!**/*_db_test.py"],
            dependencies=dependencies,
            batch_compatibility_tag=str(build_file_dir()),
        )
    if db_tests:
        for version in _POSTGRES:
            python_tests(
                name=f"postgres{version}",
                sources=["**/*_db_test.py"],
                dependencies=dependencies,
                tags=["db", f"postgres{version}"],
                extra_env_vars=[f"IBID_TEST_POSTGRES={version}"],
                batch_compatibility_tag="postgres",
                timeout=600,
            )


def system_tests(timeout, fixtures=False, dependencies=()):
    """Tests that find the whole repository around them and use it as a person would.

    They share one process, for they share the machine's ports.
    """
    if fixtures:
        python_test_utils(name="test_utils", sources=["conftest.py"])
    python_tests(
        name="tests",
        sources=["*_test.py"],
        dependencies=["//:repository", *dependencies],
        extra_env_vars=_MACHINE,
        batch_compatibility_tag=build_file_dir().name,
        timeout=timeout,
    )


def library(
    may_import=(),
    may_be_imported_by=_ANYONE,
    unit_tests=True,
    db_tests=False,
    fixtures=None,
    resource_globs=(),
    dependencies=(),
):
    """A package under libs/: its sources, data and tests, and the libs it may import.

    ``dependencies`` are those that no import shows, such as a requirement that is only data.
    """
    data = [":data"] if resource_globs else []
    if resource_globs:
        resources(name="data", sources=resource_globs)
    python_sources(sources=_SOURCES, dependencies=[*data, *dependencies])
    tests(unit_tests, db_tests, fixtures)
    _arrows(may_import, may_be_imported_by)


def service(
    may_import=(),
    unit_tests=True,
    db_tests=False,
    fixtures=None,
    resource_globs=(),
    dependencies=(),
    pex=None,
):
    """A deployable: it imports libs, and nothing imports it.

    `run` on its directory starts it, `package` makes it one file.
    """
    data = [":data"] if resource_globs else []
    if resource_globs:
        resources(name="data", sources=resource_globs)
    python_sources(name="sources", sources=_SOURCES, dependencies=[*data, *dependencies])
    # they may start the service, by its name
    tests(unit_tests, db_tests, fixtures, dependencies=[":sources"])
    _arrows(may_import, ["//images/**", "//tests/e2e/**"])

    pex_binary(
        output_path=f"{pex or build_file_dir().name}.pex",
        entry_point="__main__.py",
        execution_mode="venv",
        # any Python starts it, and finds the right one
        shebang="/usr/bin/env python3",
        include_tools=True,
        tags=["program"],
    )


def service_image(name, programs=(), helpers=(), model=False):
    """The image of a service, where ./pants found a Docker daemon that can build it.

    It is built from halves, so that a change of source leaves the layer with the requirements as
    it was. ``programs`` are the services that can be run in it, too; ``helpers`` are packages of
    libs that containers run by name, besides those that all have. With ``model`` it holds the
    models for embedding, converted. `publish` pushes it to the registry that IBID_REGISTRY names,
    with the tags of IBID_TAGS; without a registry it stays in Docker.
    """
    if "docker_image" not in globals():
        return
    code = [f"src/python/{program}:sources" for program in (name, *programs)]
    code += [f"src/python/libs/{one}" for one in ("drain", "healthcheck", *helpers)]
    halves = {"deps": dict(include_sources=False), "srcs": dict(include_requirements=False)}
    for half, leaves_out in halves.items():
        pex_binary(
            name=f"{name}-{half}",
            output_path=f"{name}/{half}.pex",
            entry_point=f"{name}.__main__",
            dependencies=code,
            include_tools=True,
            **leaves_out,
        )
    parts = [*halves, *(["model"] if model else [])]
    if model:
        pex_binary(
            name=f"{name}-model",
            output_path=f"{name}/model.pex",
            entry_point="libs.embedding.__main__",
            include_requirements=False,
        )
    registry = env("IBID_REGISTRY", "")
    # Pants sees a variable only where its call stands alone
    tags = env("IBID_TAGS", "") or "dev"
    docker_image(
        name=name,
        source="Dockerfile",
        registries=[registry] if registry else [],
        repository=f"ibid-{name}",
        image_tags=tags.split(),
        skip_push=not registry,
        target_stage=name,
        extra_build_args=[f"SERVICE={name}"],
        dependencies=["images/layout:pex", *(f":{name}-{part}" for part in parts)],
    )
