;; Counts lines with something in them: bytes that are no newline before one that is. In $blocks blocks of 16 bytes from
;; $at on, of which the byte behind the last is looked at too. '\n' and '\r' are newlines. (Nothing is called: V8 would
;; not inline it, and count half as fast.)
(module
  (memory (export "memory") 33)
  (func (export "count") (param $at i32) (param $blocks i32) (result i32)
    (local $end i32)
    (local $count i32)
    (local $lf v128)
    (local $cr v128)
    (local $here v128)
    (local $behind v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $blocks) (i32.const 4))))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $cr (i8x16.splat (i32.const 13)))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (local.set $here (v128.load (local.get $at)))
          (local.set $behind (v128.load offset=1 (local.get $at)))
          (local.set $count
            (i32.add
              (local.get $count)
              (i32.popcnt
                (i8x16.bitmask
                  (v128.andnot
                    (v128.or
                      (i8x16.eq (local.get $behind) (local.get $lf))
                      (i8x16.eq (local.get $behind) (local.get $cr)))
                    (v128.or
                      (i8x16.eq (local.get $here) (local.get $lf))
                      (i8x16.eq (local.get $here) (local.get $cr))))))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next))))
    (local.get $count)))
