;; Unpacks Snappy, https://github.com/google/snappy/blob/main/format_description.txt, without its first bytes, which tell the length.
;;
;; Most pieces are short. So 16 bytes are copied at a time, also of fewer: what is too much is written over by the next
;; piece, and behind the last one there is room. A copy of what is less than 16 bytes back repeats these: `swizzle`
;; spreads them over 16 bytes once, by the pattern in the table at the beginning of memory, and they are stored again and
;; again, a multiple of their number further on.
;;
;; Its bytes are in snappy.ts; a test assembles this file and compares them.
(module
  (memory (export "memory") 1)
  ;; 16 bytes for each distance d: k mod d. Then how far 16 bytes may go on for each d: 16 - 16 mod d.
  (data (i32.const 0)
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\01\00\01\00\01\00\01\00\01\00\01\00\01\00\01"
    "\00\01\02\00\01\02\00\01\02\00\01\02\00\01\02\00"
    "\00\01\02\03\00\01\02\03\00\01\02\03\00\01\02\03"
    "\00\01\02\03\04\00\01\02\03\04\00\01\02\03\04\00"
    "\00\01\02\03\04\05\00\01\02\03\04\05\00\01\02\03"
    "\00\01\02\03\04\05\06\00\01\02\03\04\05\06\00\01"
    "\00\01\02\03\04\05\06\07\00\01\02\03\04\05\06\07"
    "\00\01\02\03\04\05\06\07\08\00\01\02\03\04\05\06"
    "\00\01\02\03\04\05\06\07\08\09\00\01\02\03\04\05"
    "\00\01\02\03\04\05\06\07\08\09\0a\00\01\02\03\04"
    "\00\01\02\03\04\05\06\07\08\09\0a\0b\00\01\02\03"
    "\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\00\01\02"
    "\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\00\01"
    "\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\00"
    "\00\10\10\0f\10\0f\0c\0e\10\09\0a\0b\0c\0d\0e\0f")
  ;; Returns where the output ends, or -1 where the input is damaged. Both may be read and written 64 bytes beyond their ends.
  (func (export "uncompress")
    (param $in i32) (param $inEnd i32) (param $start i32) (param $outEnd i32) (result i32)
    (local $out i32)
    (local $to i32)
    (local $tag i32)
    (local $length i32)
    (local $distance i32)
    (local $step i32)
    (local $pattern v128)
    (local.set $out (local.get $start))
    (block $damaged
      (loop $next
        (if (i32.ge_u (local.get $in) (local.get $inEnd)) (then (return (local.get $out))))
        (local.set $tag (i32.load8_u (local.get $in)))
        (local.set $in (i32.add (local.get $in) (i32.const 1)))
        (if (i32.eqz (i32.and (local.get $tag) (i32.const 3)))
          (then ;; bytes as they are
            (local.set $length (i32.add (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 1)))
            (if (i32.gt_u (local.get $length) (i32.const 60))
              (then ;; their number comes in one to four bytes
                (local.set $step (i32.sub (local.get $length) (i32.const 60)))
                (local.set $length
                  (i32.add
                    (i32.and
                      (i32.load (local.get $in))
                      (i32.shr_u
                        (i32.const -1)
                        (i32.sub (i32.const 32) (i32.shl (local.get $step) (i32.const 3)))))
                    (i32.const 1)))
                (local.set $in (i32.add (local.get $in) (local.get $step)))
                (br_if $damaged (i32.gt_u (local.get $in) (local.get $inEnd)))))
            (br_if $damaged
              (i32.ge_u
                (i32.sub (local.get $length) (i32.const 1))
                (i32.sub (local.get $inEnd) (local.get $in))))
            (br_if $damaged
              (i32.gt_u (local.get $length) (i32.sub (local.get $outEnd) (local.get $out))))
            (if (i32.gt_u (local.get $length) (i32.const 64))
              (then (memory.copy (local.get $out) (local.get $in) (local.get $length)))
              (else
                (local.set $step (i32.const 0))
                (loop $more
                  (v128.store
                    (i32.add (local.get $out) (local.get $step))
                    (v128.load (i32.add (local.get $in) (local.get $step))))
                  (local.set $step (i32.add (local.get $step) (i32.const 16)))
                  (br_if $more (i32.lt_u (local.get $step) (local.get $length))))))
            (local.set $in (i32.add (local.get $in) (local.get $length)))
            (local.set $out (i32.add (local.get $out) (local.get $length)))
            (br $next)))
        ;; a copy of what came before
        (if (i32.eq (i32.and (local.get $tag) (i32.const 3)) (i32.const 1))
          (then
            (local.set $length
              (i32.add
                (i32.and (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 7))
                (i32.const 4)))
            (local.set $distance
              (i32.or
                (i32.shl (i32.shr_u (local.get $tag) (i32.const 5)) (i32.const 8))
                (i32.load8_u (local.get $in))))
            (local.set $in (i32.add (local.get $in) (i32.const 1))))
          (else
            (local.set $length (i32.add (i32.shr_u (local.get $tag) (i32.const 2)) (i32.const 1)))
            (if (i32.eq (i32.and (local.get $tag) (i32.const 3)) (i32.const 2))
              (then
                (local.set $distance (i32.load16_u (local.get $in)))
                (local.set $in (i32.add (local.get $in) (i32.const 2))))
              (else
                (local.set $distance (i32.load (local.get $in)))
                (local.set $in (i32.add (local.get $in) (i32.const 4)))))))
        (br_if $damaged (i32.gt_u (local.get $in) (local.get $inEnd)))
        (br_if $damaged
          (i32.ge_u
            (i32.sub (local.get $distance) (i32.const 1))
            (i32.sub (local.get $out) (local.get $start))))
        (br_if $damaged (i32.gt_u (local.get $length) (i32.sub (local.get $outEnd) (local.get $out))))
        (local.set $to (local.get $out))
        (local.set $out (i32.add (local.get $out) (local.get $length)))
        (if (i32.ge_u (local.get $distance) (i32.const 16))
          (then
            (loop $more
              (v128.store
                (local.get $to)
                (v128.load (i32.sub (local.get $to) (local.get $distance))))
              (local.set $to (i32.add (local.get $to) (i32.const 16)))
              (br_if $more (i32.lt_u (local.get $to) (local.get $out)))))
          (else
            (local.set $pattern
              (i8x16.swizzle
                (v128.load (i32.sub (local.get $to) (local.get $distance)))
                (v128.load (i32.shl (local.get $distance) (i32.const 4)))))
            (local.set $step (i32.load8_u offset=256 (local.get $distance)))
            (loop $more
              (v128.store (local.get $to) (local.get $pattern))
              (local.set $to (i32.add (local.get $to) (local.get $step)))
              (br_if $more (i32.lt_u (local.get $to) (local.get $out))))))
        (br $next)))
    (i32.const -1)))
