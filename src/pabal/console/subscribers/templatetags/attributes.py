from django import template

from pabal.console.audience.attributes import label_of

register = template.Library()
register.filter("attribute", label_of)
