"""The addresses of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from gallery.views import gallery

urlpatterns = [
    path("", gallery, name="gallery"),
    path("login", LoginView.as_view(template_name="gallery/login.html"), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
