"""Who may call what. Until there are roles, whoever says who they are; steps keep maker and checker apart."""

from typing import Final

from services.chassis.rpc.access import Access, AccessTable

_ACTIVITIES: Final = "linli.events.v1.ActivityService"
_WISHES: Final = "linli.events.v1.WishService"

ACCESS: Final[AccessTable] = {
    f"{_ACTIVITIES}/CreateActivity": Access.ANYONE,
    f"{_ACTIVITIES}/BatchCreateActivities": Access.ANYONE,
    f"{_ACTIVITIES}/PublishActivity": Access.ANYONE,
    f"{_ACTIVITIES}/BatchPublishActivities": Access.ANYONE,
    f"{_ACTIVITIES}/GetActivity": Access.ANYONE,
    f"{_ACTIVITIES}/ListActivities": Access.ANYONE,
    f"{_ACTIVITIES}/SignIn": Access.ANYONE,
    f"{_ACTIVITIES}/BatchSignIn": Access.ANYONE,
    f"{_ACTIVITIES}/SignOut": Access.ANYONE,
    f"{_ACTIVITIES}/BatchSignOut": Access.ANYONE,
    f"{_ACTIVITIES}/ConfirmHours": Access.ANYONE,
    f"{_ACTIVITIES}/BatchConfirmHours": Access.ANYONE,
    f"{_ACTIVITIES}/ImportConfirmations": Access.ANYONE,
    f"{_ACTIVITIES}/RevokeHours": Access.ANYONE,
    f"{_ACTIVITIES}/BatchRevokeHours": Access.ANYONE,
    f"{_ACTIVITIES}/ListAttendances": Access.ANYONE,
    f"{_WISHES}/SubmitWish": Access.ANYONE,
    f"{_WISHES}/BatchSubmitWishes": Access.ANYONE,
    f"{_WISHES}/VerifyWish": Access.ANYONE,
    f"{_WISHES}/BatchVerifyWishes": Access.ANYONE,
    f"{_WISHES}/PublishWish": Access.ANYONE,
    f"{_WISHES}/BatchPublishWishes": Access.ANYONE,
    f"{_WISHES}/ClaimWish": Access.ANYONE,
    f"{_WISHES}/BatchClaimWishes": Access.ANYONE,
    f"{_WISHES}/FulfilWish": Access.ANYONE,
    f"{_WISHES}/BatchFulfilWishes": Access.ANYONE,
    f"{_WISHES}/ConfirmFulfilment": Access.ANYONE,
    f"{_WISHES}/BatchConfirmFulfilments": Access.ANYONE,
    f"{_WISHES}/GetWish": Access.ANYONE,
    f"{_WISHES}/ListWishes": Access.ANYONE,
}
