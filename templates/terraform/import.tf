import {
  to = {{ i.to }}
  id = {{ i.name }}
}
