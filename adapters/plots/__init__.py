"""Plots of endpoints as plain SVG."""
