import pytest

from services.chassis.call import Caller, CallerKind
from services.chassis.faults import CallerForbidden, CallerMissing
from services.chassis.rpc.access import Access, authorise, parse_caller

METHOD = "linli.members.v1.GridService/CreateNode"
MEMBER = Caller(kind=CallerKind.MEMBER, id="m1")
SERVICE = Caller(kind=CallerKind.SERVICE, id="import")


class TestTheCallerOfACall:
    def test_is_a_member_or_a_service_with_an_id(self) -> None:
        assert parse_caller("member:m1") == MEMBER
        assert parse_caller("service:import") == SERVICE
        assert str(parse_caller("member:m1")) == "member:m1"

    @pytest.mark.parametrize(
        "stated",
        [
            "",
            "m1",
            "member:",
            "person:m1",
            "member:m 1",
            "member:m1\n",
            "member:张三",
            "MEMBER:m1",
            "member:" + "m" * 65,
        ],
    )
    def test_is_refused_when_it_reads_otherwise(self, stated: str) -> None:
        with pytest.raises(CallerMissing, match="linli-caller"):
            parse_caller(stated)


class TestTheAccessTable:
    @pytest.mark.parametrize(
        ("access", "caller"),
        [
            (Access.ANYONE, MEMBER),
            (Access.ANYONE, SERVICE),
            (Access.PERSON, MEMBER),
            (Access.SERVICE, SERVICE),
        ],
    )
    def test_lets_pass_whom_it_names(self, access: Access, caller: Caller) -> None:
        authorise(table={METHOD: access}, method=METHOD, caller=caller)

    @pytest.mark.parametrize(("access", "caller"), [(Access.PERSON, SERVICE), (Access.SERVICE, MEMBER)])
    def test_refuses_the_other_kind(self, access: Access, caller: Caller) -> None:
        with pytest.raises(CallerForbidden) as refusal:
            authorise(table={METHOD: access}, method=METHOD, caller=caller)
        assert refusal.value.metadata == {"method": METHOD, "caller_kind": caller.kind}

    def test_refuses_everybody_on_an_rpc_that_it_does_not_list(self) -> None:
        with pytest.raises(CallerForbidden):
            authorise(table={}, method=METHOD, caller=SERVICE)
