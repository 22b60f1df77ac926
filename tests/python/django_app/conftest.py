"""Django's models can be imported once its settings are there."""

import support.django_project  # noqa: F401
