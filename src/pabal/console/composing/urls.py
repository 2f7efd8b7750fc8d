from django.urls import path

from pabal.console.composing import (
    acting,
    clicking,
    keeping_pages,
    template_editing,
    views,
    visual_pages,
)

app_name = "composing"
_ONE = "campaigns/<slug:campaign_id>/"
urlpatterns = [
    path("campaigns/new/", views.new, name="new"),
    path(f"{_ONE}edit/", views.edit, name="edit"),
    path(f"{_ONE}save/", views.save, name="save"),
    path(f"{_ONE}review/", views.review, name="review"),
    path(f"{_ONE}preview/", views.preview, name="preview"),
    path(f"{_ONE}preview/mail", views.frame, name="frame"),
    path(f"{_ONE}reach/", views.reach, name="reach"),
    path(f"{_ONE}clicks/", clicking.click_map, name="click-map"),
    path(f"{_ONE}clicks/mail", clicking.frame, name="click-map-mail"),
    path(f"{_ONE}check/", views.check, name="check"),
    path(f"{_ONE}tests/", views.trials, name="trials"),
    path(f"{_ONE}test/", acting.test, name="test"),
    path(f"{_ONE}approve/", acting.approve, name="approve"),
    path(f"{_ONE}start/", acting.start, name="start"),
    path(f"{_ONE}take-back/", acting.take_back, name="take-back"),
    path(f"{_ONE}duplicate/", acting.duplicate, name="duplicate"),
    path(f"{_ONE}delete/", acting.delete, name="delete"),
    path(f"{_ONE}archive/", acting.archive, name="archive"),
    path(f"{_ONE}keep/", keeping_pages.keep_draft, name="keep"),
    path("templates/", keeping_pages.templates, name="templates"),
    path("templates/gallery/<slug:name>/mail", keeping_pages.gallery_frame, name="gallery-frame"),
    path("templates/new/", template_editing.begin, name="template-new"),
    path("templates/check/", template_editing.check, name="template-check"),
    path("templates/look/", template_editing.frame, name="template-look"),
    path("content/blocks/", visual_pages.blocks, name="blocks"),
    path("content/canvas/", visual_pages.canvas, name="canvas"),
    path("templates/<int:template_id>/edit/", template_editing.edit, name="template-edit"),
    path("templates/<int:template_id>/delete/", template_editing.delete, name="template-delete"),
    path("templates/<int:template_id>/", keeping_pages.template, name="template"),
    path("templates/<int:template_id>/restore/", keeping_pages.restore, name="template-restore"),
    path(
        "templates/<int:template_id>/<int:number>/mail",
        keeping_pages.template_frame,
        name="template-frame",
    ),
]
