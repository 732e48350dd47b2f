"""What an image does without."""

import shutil
from pathlib import Path

from layout.elf import without_debugging

# Required by a wheel, for something that Ibid never does; whoever wants it asks in vain only then.
UNUSED = (
    # litestar: made-up examples of values in the description of the API
    "faker",
    "polyfactory",
    # tokenizers: downloads
    "filelock*",
    "fsspec",
    "hf_xet",
    "httpcore2",
    "httpx2",
    "huggingface_hub",
    "tqdm",
    # pillow: formats and letters; Ibid writes PNG
    "PIL/_avif*",
    "PIL/_imagingcms*",
    "PIL/_imagingft*",
    "PIL/_webp*",
    "pillow.libs/lib[bw]*",
    "pillow.libs/libavif*",
    "pillow.libs/libfreetype*",
    "pillow.libs/libharfbuzz*",
    "pillow.libs/liblcms*",
    "pillow.libs/libsharpyuv*",
    # rich: colours for code in other languages than Python
    "pygments/lexers/[!_p]*.py",
    "pygments/lexers/_[!_m]*.py",
    "pygments/lexers/p[!y]*.py",
    # alembic: mapped classes, and other databases
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/mysql",
    "sqlalchemy/dialects/oracle",
    "sqlalchemy/dialects/sqlite",
    "sqlalchemy/ext/[!_c]*",
    "sqlalchemy/orm",
)
# For compilers, and for the packages' own tests.
DEVELOPMENT = (
    "**/*.a",
    "**/*.pxd",
    "**/*.pxi",
    "**/*.pyi",
    "**/*.pyx",
    "numpy/**/tests",
    "numpy/_core/include",
    "numpy/f2py",
    "pandas/tests",
    "pyarrow/include",
    "pyarrow/includes",
    "pyarrow/src",
    "pyarrow/tests",
    "sqlalchemy/testing",
)


def trim(packages: Path) -> None:
    """Take away what no service uses, and what shared libraries hold for debuggers."""
    for pattern in (*UNUSED, *DEVELOPMENT):
        for path in sorted(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    for path in sorted(packages.rglob("*.so*")):
        if path.is_file() and not path.is_symlink():
            lean = without_debugging(path.read_bytes())
            if lean is not None:
                path.write_bytes(lean)
