;; Counts the records of CSV that begin from $at to $end, 32 bytes at a time, from a state of the automaton on (automaton.ts
;; has their numbers); of most data, which has few quotes, 64 at a time. Stops before the first 32 bytes with a quote that it
;; does not understand. Returns where it has stopped, how many records it has counted, and whether a quote is open there: -1
;; or 0.
;;
;; Bit i of a mask stands for byte i of the 32. `mask << 1` are the bytes behind those of the mask; its lowest bit comes from
;; the 32 before. Behind a byte a quote is open if the number of quotes through it is odd, which the prefix-xor of their mask
;; tells: Langdale and Lemire, "Parsing Gigabytes of JSON per Second", VLDB Journal 28, 2019. A quote that is written twice
;; closes and opens. So it is as long as each quote that opens is behind an edge (a delimiter, a newline, a quote), and each
;; that closes is before one.
;;
;; Its bytes are in block-counter.ts; a test assembles this file and compares them. (Nothing is called: V8 would not inline
;; it, and count half as fast.)
(module
  (memory (export "memory") 17) ;; 1 MiB that is read into, and 64 KiB for copies
  (func (export "count")
    (param $at i32) (param $end i32) (param $state i32) (param $quote i32) (param $delimiter i32) ;; $quote: -1 is none
    (result i32 i32 i32)
    (local $count i32)
    ;; Of the byte before: whether it ends a record, is the delimiter, closes a quote (1 or 0); is within quotes (-1 or 0).
    (local $ended i32) (local $delimited i32) (local $closed i32) (local $open i32)
    (local $a v128) (local $b v128) ;; the 32 bytes
    ;; Masks of them.
    (local $newlines i32) (local $quotes i32) (local $edges i32)
    (local $opened i32) ;; bytes behind which a quote is open
    (local $closing i32) (local $ends i32)
    ;; Where there are no quotes: where it has begun, 64 bytes and what is known of them, as above.
    (local $begin i32)
    (local $c v128) (local $d v128)
    (local $newlines64 i64) (local $ended64 i64) (local $count64 i64)
    (local $lf v128) (local $cr v128) (local $quote16 v128) (local $delimiter16 v128) (local $quoted v128)
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $quote16 (i8x16.splat (local.get $quote)))
    (local.set $delimiter16 (i8x16.splat (local.get $delimiter)))
    (local.set $quoted (i8x16.splat (i32.ge_s (local.get $quote) (i32.const 0))))
    (local.set $ended (i32.eq (local.get $state) (i32.const 0))) ;; RECORD
    (local.set $delimited (i32.eq (local.get $state) (i32.const 1))) ;; FIELD
    (local.set $closed (i32.eq (local.get $state) (i32.const 4))) ;; QUOTE
    (local.set $open (i32.sub (i32.const 0) (i32.eq (local.get $state) (i32.const 3)))) ;; QUOTED
    (local.set $begin (local.get $at))
    (block $stop
      (loop $next
        (if (i32.eqz (i32.or (local.get $open) (local.get $closed)))
          (then
            (local.set $ended64 (i64.extend_i32_u (local.get $ended)))
            (block $quoted64
              (loop $plain64
                (br_if $quoted64 (i32.gt_u (i32.add (local.get $at) (i32.const 64)) (local.get $end)))
                (local.set $a (v128.load (local.get $at)))
                (local.set $b (v128.load offset=16 (local.get $at)))
                (local.set $c (v128.load offset=32 (local.get $at)))
                (local.set $d (v128.load offset=48 (local.get $at)))
                (br_if $quoted64
                  (v128.any_true
                    (v128.and
                      (local.get $quoted)
                      (v128.or
                        (v128.or
                          (i8x16.eq (local.get $a) (local.get $quote16))
                          (i8x16.eq (local.get $b) (local.get $quote16)))
                        (v128.or
                          (i8x16.eq (local.get $c) (local.get $quote16))
                          (i8x16.eq (local.get $d) (local.get $quote16)))))))
                (local.set $newlines64
                  (i64.or
                    (i64.or
                      (i64.extend_i32_u
                        (i8x16.bitmask
                          (v128.or
                            (i8x16.eq (local.get $a) (local.get $lf))
                            (i8x16.eq (local.get $a) (local.get $cr)))))
                      (i64.shl
                        (i64.extend_i32_u
                          (i8x16.bitmask
                            (v128.or
                              (i8x16.eq (local.get $b) (local.get $lf))
                              (i8x16.eq (local.get $b) (local.get $cr)))))
                        (i64.const 16)))
                    (i64.or
                      (i64.shl
                        (i64.extend_i32_u
                          (i8x16.bitmask
                            (v128.or
                              (i8x16.eq (local.get $c) (local.get $lf))
                              (i8x16.eq (local.get $c) (local.get $cr)))))
                        (i64.const 32))
                      (i64.shl
                        (i64.extend_i32_u
                          (i8x16.bitmask
                            (v128.or
                              (i8x16.eq (local.get $d) (local.get $lf))
                              (i8x16.eq (local.get $d) (local.get $cr)))))
                        (i64.const 48)))))
                (local.set $count64 ;; a record begins behind an end, unless with a newline: an empty line is none
                  (i64.add
                    (local.get $count64)
                    (i64.popcnt
                      (i64.and
                        (i64.or (i64.shl (local.get $newlines64) (i64.const 1)) (local.get $ended64))
                        (i64.xor (local.get $newlines64) (i64.const -1))))))
                (local.set $ended64 (i64.shr_u (local.get $newlines64) (i64.const 63)))
                (local.set $at (i32.add (local.get $at) (i32.const 64)))
                (br $plain64)))
            (local.set $ended (i32.wrap_i64 (local.get $ended64)))
            (if (i32.gt_u (local.get $at) (local.get $begin))
              (then
                (local.set $delimited
                  (i32.eq
                    (i32.load8_u (i32.sub (local.get $at) (i32.const 1)))
                    (local.get $delimiter)))))))
        (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $a (v128.load (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $newlines
          (i32.or
            (i8x16.bitmask
              (v128.or (i8x16.eq (local.get $a) (local.get $lf)) (i8x16.eq (local.get $a) (local.get $cr))))
            (i32.shl
              (i8x16.bitmask
                (v128.or (i8x16.eq (local.get $b) (local.get $lf)) (i8x16.eq (local.get $b) (local.get $cr))))
              (i32.const 16))))
        (if ;; there are no quotes after all, in this half
          (i32.eqz
            (i32.or
              (i32.or (local.get $open) (local.get $closed))
              (v128.any_true
                (v128.and
                  (local.get $quoted)
                  (v128.or
                    (i8x16.eq (local.get $a) (local.get $quote16))
                    (i8x16.eq (local.get $b) (local.get $quote16)))))))
          (then
            (local.set $count
              (i32.add
                (local.get $count)
                (i32.popcnt
                  (i32.and
                    (i32.or (i32.shl (local.get $newlines) (i32.const 1)) (local.get $ended))
                    (i32.xor (local.get $newlines) (i32.const -1))))))
            (local.set $ended (i32.shr_u (local.get $newlines) (i32.const 31)))
            (local.set $delimited
              (i32.eq (i32.load8_u offset=31 (local.get $at)) (local.get $delimiter)))
            (local.set $at (i32.add (local.get $at) (i32.const 32)))
            (br $next)))
        (local.set $quotes
          (i32.or
            (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $quote16)))
            (i32.shl (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $quote16))) (i32.const 16))))
        (local.set $edges
          (i32.or
            (i32.or (local.get $newlines) (local.get $quotes))
            (i32.or
              (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $delimiter16)))
              (i32.shl
                (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $delimiter16)))
                (i32.const 16)))))
        (local.set $opened (local.get $quotes))
        (local.set $opened (i32.xor (local.get $opened) (i32.shl (local.get $opened) (i32.const 1))))
        (local.set $opened (i32.xor (local.get $opened) (i32.shl (local.get $opened) (i32.const 2))))
        (local.set $opened (i32.xor (local.get $opened) (i32.shl (local.get $opened) (i32.const 4))))
        (local.set $opened (i32.xor (local.get $opened) (i32.shl (local.get $opened) (i32.const 8))))
        (local.set $opened (i32.xor (local.get $opened) (i32.shl (local.get $opened) (i32.const 16))))
        (local.set $opened (i32.xor (local.get $opened) (local.get $open)))
        (local.set $closing (i32.and (local.get $quotes) (i32.xor (local.get $opened) (i32.const -1))))
        (br_if $stop
          (i32.or
            (i32.and ;; a quote that opens, but not behind an edge
              (i32.and (local.get $quotes) (local.get $opened))
              (i32.xor
                (i32.const -1)
                (i32.or
                  (i32.or (i32.shl (local.get $edges) (i32.const 1)) (local.get $ended))
                  (i32.or (local.get $delimited) (local.get $closed)))))
            (i32.and ;; what is behind a quote that closes, but no edge
              (i32.or (i32.shl (local.get $closing) (i32.const 1)) (local.get $closed))
              (i32.xor (i32.const -1) (local.get $edges)))))
        (local.set $ends (i32.and (local.get $newlines) (i32.xor (local.get $opened) (i32.const -1))))
        (local.set $count
          (i32.add
            (local.get $count)
            (i32.popcnt
              (i32.and
                (i32.or (i32.shl (local.get $ends) (i32.const 1)) (local.get $ended))
                (i32.xor (local.get $newlines) (i32.const -1))))))
        (local.set $ended (i32.shr_u (local.get $ends) (i32.const 31)))
        (local.set $delimited
          (i32.eq (i32.load8_u offset=31 (local.get $at)) (local.get $delimiter)))
        (local.set $closed (i32.shr_u (local.get $closing) (i32.const 31)))
        (local.set $open (i32.shr_s (local.get $opened) (i32.const 31)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $next)))
    (local.get $at)
    (i32.add (local.get $count) (i32.wrap_i64 (local.get $count64)))
    (local.get $open)))
