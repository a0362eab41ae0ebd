"""Serves `GridService`."""

from functools import partial
from typing import Final

from linli.members.v1 import grid_pb2

from services.chassis.frame import Frame
from services.chassis.rpc.table import Registration, Unary
from services.members.api import translate_grid as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.api.grid_reads import grid_reads
from services.members.usecases.close_nodes import close_nodes
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.import_nodes import import_nodes
from services.members.usecases.merge_nodes import merge_nodes
from services.members.usecases.move_nodes import move_nodes
from services.members.usecases.rename_nodes import rename_nodes
from services.members.usecases.split_nodes import split_nodes

SERVICE: Final = grid_pb2.DESCRIPTOR.services_by_name["GridService"]


def grid_service(frame: Frame) -> Registration:
    return Registration(
        descriptor=SERVICE,
        rpcs={**_writes(frame), **grid_reads(frame)},
        access=ACCESS,
        codes=CODES,
    )


def _writes(frame: Frame) -> dict[str, Unary]:
    writes = frame.writes(SERVICE, CODES)
    return {
        **writes.rpcs(
            "CreateNode", batch="BatchCreateNodes", decode=translate.create_node, usecase=create_nodes
        ),
        **writes.rpcs(
            "RenameNode", batch="BatchRenameNodes", decode=translate.rename_node, usecase=rename_nodes
        ),
        **writes.rpcs("MoveNode", batch="BatchMoveNodes", decode=translate.move_node, usecase=move_nodes),
        **writes.rpcs("CloseNode", batch="BatchCloseNodes", decode=translate.close_node, usecase=close_nodes),
        **writes.rpcs("SplitNode", decode=translate.split_node, usecase=split_nodes),
        **writes.rpcs(
            "MergeNodes", decode=translate.merge_nodes, usecase=partial(merge_nodes, zone=frame.zone)
        ),
        **writes.rows("ImportNodes", decode=translate.import_node, usecase=import_nodes),
    }
