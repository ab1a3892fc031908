from django.urls import path

from apps.accounts import account, joining, views

app_name = "accounts"
urlpatterns = [
    path("projects/new/", views.new_project, name="new"),
    path("projects/<uuid:pk>/", views.project, name="project"),
    path("projects/<uuid:pk>/members/", views.member_list, name="members"),
    path("projects/<uuid:pk>/invitations/", views.invite, name="invite"),
    path("members/<uuid:pk>/role/", views.change_role, name="change-role"),
    path("members/<uuid:pk>/remove/", views.remove_member, name="remove-member"),
    path("invitations/<uuid:pk>/revoke/", views.revoke_invitation, name="revoke-invitation"),
    path("join/<str:token>", joining.open_invitation, name="open-invitation"),
    path("join/", joining.join, name="join"),
    path("setup/", joining.set_up, name="set-up"),
    path("accounts/sign-up/", joining.sign_up, name="sign-up"),
    path("account/", account.page, name="account"),
    path("account/password/", account.change_password, name="change-password"),
    path("account/tokens/", account.create_token, name="create-token"),
    path("account/tokens/<uuid:pk>/revoke/", account.revoke_token, name="revoke-token"),
]
