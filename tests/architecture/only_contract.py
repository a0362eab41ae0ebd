"""A kind of import contract that import-linter lacks: "imports nothing but"."""

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyContract(Contract):
    """The packages import themselves, the standard library and what is allowed, and nothing else.

    Options:
        modules: Packages, with wildcards; each is looked at with all it holds.
        allowed: Modules they may import besides; the modules below those are not meant.
    """

    type_name = "only"

    modules = fields.ListField(subfield=fields.ModuleExpressionField())
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - there is no more to say
        expressions: Any = (
            self.modules
        )  # an instance holds what the field has parsed, which its type cannot tell
        packages = module_expressions_to_modules(graph, expressions, as_packages=False)
        strays = [
            f"{importer} -> {imported}"
            for package in sorted(module.name for module in packages)
            for importer in sorted({package} | graph.find_descendants(package))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(package=package, imported=imported)
        ]
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for stray in check.metadata["strays"]:
            output.print_error(stray, bold=False)

    def _may_import(self, *, package: str, imported: str) -> bool:
        allowed: Any = self.allowed
        return (
            imported in allowed
            or f"{imported}.".startswith(f"{package}.")
            or imported.partition(".")[0] in sys.stdlib_module_names
        )
