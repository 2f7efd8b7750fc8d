from django.urls import path

from pabal.console.composing import keeping_pages, template_acting, template_editing

app_name = "templates"
_ONE = "<int:template_id>/"
urlpatterns = [
    path("", keeping_pages.templates, name="all"),
    path("gallery/<slug:name>/mail", keeping_pages.gallery_frame, name="gallery-frame"),
    path("gallery/<slug:name>/take/", template_acting.take, name="take"),
    path("look/", template_editing.look, name="look"),
    path("look/mail", template_editing.look_frame, name="look-frame"),
    path(_ONE, keeping_pages.template, name="one"),
    path(f"{_ONE}edit/", template_editing.edit, name="edit"),
    path(f"{_ONE}rename/", template_acting.rename, name="rename"),
    path(f"{_ONE}duplicate/", template_acting.duplicate, name="duplicate"),
    path(f"{_ONE}delete/", template_acting.delete, name="delete"),
    path(f"{_ONE}restore/", keeping_pages.restore, name="restore"),
    path(f"{_ONE}<int:number>/mail", keeping_pages.template_frame, name="frame"),
]
