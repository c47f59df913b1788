"""The drawing of charts; only this folder imports matplotlib and seaborn."""
