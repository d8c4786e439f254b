output {{ o.label }} {
  description = {{ o.description }}
  value = {{ o.value }}
}
