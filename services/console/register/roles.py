"""The words for roles."""

from typing import Final

from linli.members.v1.role_pb2 import RoleKind

from services.console.importing.words import Words

ROLES: Final = Words(
    enum=RoleKind,
    prefix="ROLE_KIND_",
    chinese={
        "COMMUNITY_SECRETARY": "社区书记",
        "FIRST_SECRETARY": "第一书记",
        "LIAISON": "联络员",
        "GRID_WORKER": "网格员",
        "BUILDING_LEADER": "楼栋长",
        "ORGANISER": "活动组织者",
        "REWARD_OFFICER": "奖励专员",
        "AUDITOR": "审计员",
        "INSTRUCTOR": "党建工作指导员",
        "CONCURRENT_MEMBER": "兼职委员",
        "INFORMANT": "信息员",
        "LINKED_HOUSEHOLD_LEADER": "双联户长",
        "HOUSEHOLD_CARER": "党员包保",
        "AREA_LEADER": "片区长",
    },
    also={},
)
