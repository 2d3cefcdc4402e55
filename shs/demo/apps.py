from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "shs.demo"
    verbose_name = "Demonstration"
