"""Nova Poshta (Нова пошта), Ukraine: JSON API v2.0."""
