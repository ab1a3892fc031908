import subprocess
import sys

from apps.accounts.models import Project

COUNT = "import django; django.setup(); from apps.accounts.models import Project; print(Project.objects.count())"


def test_members_find_the_project_and_a_stranger_does_not(project, alice, bob, vera, charlie):
    assert [Project.objects.visible_to(user).count() for user in (alice, bob, vera, charlie)] == [1, 1, 1, 0]


def test_a_subprocess_of_a_test_sees_the_tests_database(subprocess_environment, project):
    done = subprocess.run([sys.executable, "-c", COUNT], env=subprocess_environment, capture_output=True, text=True)
    assert done.stdout.strip() == "1", done.stderr
